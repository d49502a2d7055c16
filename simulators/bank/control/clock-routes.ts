import type { Bank } from '../bank.ts'
import { seoulOffset } from '../clock.ts'
import { type Exchange, parseObject, readBody, sendJson } from '../http/exchange.ts'

/** `GET /clock` */
export function clockView(bank: Bank): Record<string, unknown> {
  const now = bank.clock.now()
  return { mode: bank.clock.mode, now: new Date(now).toISOString(), seoul: seoulOffset(now) }
}

/** `POST /clock { now }`: moves a manual clock to an RFC 3339 instant; a real clock refuses (409). */
export async function postClock(bank: Bank, exchange: Exchange): Promise<void> {
  const { now } = parseObject((await readBody(exchange.req, 4096)) ?? '') ?? {}
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
  const instant = typeof now === 'string' && rfc3339.test(now) ? Date.parse(now) : Number.NaN
  if (Number.isNaN(instant))
    return sendJson(exchange, 400, { error: '/now: must be an instant like 2026-01-01T00:00:00Z' })
  if (!bank.clock.moveTo(instant))
    return sendJson(exchange, 409, {
      error: 'this bank runs on the real clock; start it with --clock manual',
    })
  sendJson(exchange, 200, clockView(bank))
}
