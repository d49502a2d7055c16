import { createHmac } from 'node:crypto'
import { createOutboundHttp } from '../../platform/resilience/outbound-http.ts'
import type { Channel } from './channel.ts'

const DEADLINE_MS = 10_000
export const SIGNATURE_HEADER = 'x-pillivery-signature'

/**
 * The value of the signature header: `t=<unix seconds>,v1=<hex>`, where v1 is HMAC-SHA256 of `<t>.<body>`. The time
 * is part of it, so a receiver can refuse what is too old.
 */
export function signatureOf(body: string, secret: string, unixSeconds: number): string {
  const digest = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex')
  return `t=${unixSeconds},v1=${digest}`
}

/**
 * Posts messages as JSON, signed, with the message's id as `Idempotency-Key`. Any 2xx means taken; redirects are not
 * followed.
 * @param now epoch milliseconds of the real clock
 */
export function webhookChannel(options: { url: string; secret: string; now?: () => number }): Channel {
  const { secret, now = Date.now } = options
  const url = new URL(options.url)
  const http = createOutboundHttp({ baseUrl: url.origin, maxSockets: 4 })
  return async (message) => {
    const payload = { ...message, createdAt: message.createdAt.toString() }
    const result = await http.request({
      method: 'POST',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: {
        'idempotency-key': message.id,
        // The client serialises the same object the same way.
        [SIGNATURE_HEADER]: signatureOf(JSON.stringify(payload), secret, Math.floor(now() / 1_000)),
      },
      body: { json: payload },
      deadline: now() + DEADLINE_MS,
    })
    if (result.kind !== 'answered') throw new Error(`webhook: ${result.kind} (${result.reason})`)
    if (result.status < 200 || result.status > 299) throw new Error(`webhook: answered ${result.status}`)
  }
}
