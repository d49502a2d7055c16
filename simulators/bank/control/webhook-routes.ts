import type { Bank } from '../bank.ts'
import { type Exchange, parseObject, readBody, sendJson } from '../http/exchange.ts'
import { RETRY_MINUTES } from '../toss/webhooks.ts'

/** `GET /webhooks`: where webhooks go. Every attempt is in the journal (`?kind=webhook`). */
export function webhooksView(bank: Bank): Record<string, unknown> {
  const target = bank.webhooks.target()
  return {
    url: target?.url ?? null,
    retryMinuteMs: target?.retryMinuteMs ?? 60_000,
    retryMinutes: RETRY_MINUTES,
  }
}

/** `POST /webhooks { url, retryMinuteMs? }`; url null sends no more. */
export async function postWebhooks(bank: Bank, exchange: Exchange): Promise<void> {
  const {
    url,
    retryMinuteMs = 60_000,
    ...rest
  } = parseObject((await readBody(exchange.req, 4096)) ?? '') ?? {}
  const odd = Object.keys(rest)[0]
  const address = typeof url === 'string' ? URL.parse(url) : null
  if (odd !== undefined)
    return sendJson(exchange, 400, { error: `/${odd}: is not a field (url, retryMinuteMs)` })
  if (url !== null && (address === null || !/^https?:$/.test(address.protocol)))
    return sendJson(exchange, 400, { error: '/url: must be an http(s) address, or null for none' })
  if (typeof retryMinuteMs !== 'number' || !Number.isInteger(retryMinuteMs) || retryMinuteMs < 1)
    return sendJson(exchange, 400, { error: '/retryMinuteMs: must be a whole number of at least 1' })
  bank.webhooks.configure(address === null ? undefined : { url: address.href, retryMinuteMs })
  sendJson(exchange, 200, webhooksView(bank))
}

/** `POST /webhooks/send { eventType, data }`: sends any event, so that a forged one can be tried. */
export async function sendWebhook(bank: Bank, exchange: Exchange): Promise<void> {
  const { eventType, data } = parseObject((await readBody(exchange.req, 65_536)) ?? '') ?? {}
  if (typeof eventType !== 'string' || eventType === '' || data === undefined)
    return sendJson(exchange, 400, { error: 'give eventType (a text) and data' })
  if (bank.webhooks.target() === undefined)
    return sendJson(exchange, 409, { error: 'no address to send to; POST /webhooks first' })
  bank.webhooks.sendRaw(bank, eventType, data)
  sendJson(exchange, 202, { sent: eventType })
}
