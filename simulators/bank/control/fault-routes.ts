import type { Socket } from 'node:net'
import type { Bank } from '../bank.ts'
import { parseRule } from '../faults/rule.ts'
import { type Exchange, parseJson, parseObject, readBody, sendJson } from '../http/exchange.ts'

/** `POST /faults`: one rule, a list, or `{ rules, replace }`. Nothing is taken over when one is wrong. */
export async function postFaults(bank: Bank, exchange: Exchange): Promise<void> {
  const body = parseJson((await readBody(exchange.req, 1_048_576)) ?? '')
  const refuse = (error: string) => sendJson(exchange, 400, { error })
  const wrapped =
    typeof body === 'object' && body !== null && 'rules' in body ? Object.entries(body) : undefined
  const odd = wrapped?.find(([name]) => name !== 'rules' && name !== 'replace')
  if (odd !== undefined) return refuse(`/${odd[0]}: is not a field (rules, replace)`)
  const { rules, replace } =
    wrapped === undefined ? { rules: body, replace: false } : Object.fromEntries(wrapped)
  if (replace !== undefined && typeof replace !== 'boolean') return refuse('/replace: must be true or false')
  const list: unknown[] = Array.isArray(rules) ? rules : [rules]
  const parsed = []
  for (const [at, given] of list.entries()) {
    const result = parseRule(given, Array.isArray(rules) ? `/rules/${at}` : '/rule')
    if (result.kind === 'refused') return refuse(result.message)
    parsed.push(result.rule)
  }
  bank.faults.set(parsed, replace === true)
  sendJson(exchange, 200, faultsView(bank))
}

/** `GET /faults`: the standing rules with how often each matched and struck. */
export function faultsView(bank: Bank): Record<string, unknown> {
  return { rules: bank.faults.list(), offline: isOffline(bank) }
}

export function isOffline(bank: Bank): boolean {
  return bank.offlineUntil > Date.now()
}

/** `DELETE /faults`: calm again, and back on line. */
export function deleteFaults(bank: Bank, exchange: Exchange): void {
  bank.faults.clear()
  bank.offlineUntil = 0
  sendJson(exchange, 200, faultsView(bank))
}

/** `POST /faults/offline { ms? }`: cuts every payment connection now, and each new one until it is over. */
export async function postOffline(
  bank: Bank,
  exchange: Exchange,
  paymentSockets: ReadonlySet<Socket>,
): Promise<void> {
  const text = (await readBody(exchange.req, 4096)) ?? ''
  const { ms, ...rest } = (text.trim() === '' ? {} : parseObject(text)) ?? { ms: null }
  if (
    Object.keys(rest).length > 0 ||
    (ms !== undefined && (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 1))
  )
    return sendJson(exchange, 400, { error: '/ms: must be a whole number of milliseconds, at least 1' })
  bank.offlineUntil = ms === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(ms)
  for (const socket of paymentSockets) if (socket !== exchange.req.socket) socket.resetAndDestroy()
  sendJson(exchange, 200, faultsView(bank))
}
