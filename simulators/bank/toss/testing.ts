import { createServer, type IncomingHttpHeaders } from 'node:http'
import { onTestFinished } from 'vitest'
import { asObject, type Json, post, type Reply, request } from '../testing.ts'

export const AUTHORIZATION = `Basic ${Buffer.from('test_sk_simulated:').toString('base64')}`

export function toss(
  bank: { url: string },
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const url = `${bank.url}/v1/${path}`
  const all = { authorization: AUTHORIZATION, ...headers }
  return method === 'POST' ? post(url, body, all) : request(url, { method, headers: all })
}

export const CHECKOUT = {
  mode: 'pay',
  orderId: 'order-000001',
  orderName: '비타민 D',
  amount: '15000',
  successUrl: 'http://shop.test/ok?x=1',
  failUrl: 'http://shop.test/no',
}

/** Plays the customer on the checkout page and answers what comes back to the shop. */
export async function checkout(
  bank: { url: string },
  step: string,
  more: Record<string, string> = {},
): Promise<{ status: number; location: string; back: URLSearchParams }> {
  const body = new URLSearchParams({ ...CHECKOUT, ...more })
  const reply = await request(`${bank.url}/toss/checkout/${step}`, { method: 'POST', body })
  const location = reply.headers.get('location') ?? ''
  return { status: reply.status, location, back: URL.parse(location)?.searchParams ?? new URLSearchParams() }
}

/** A payment that has gone through, with its answer. */
export async function tossPaid(bank: { url: string }, more: Record<string, string> = {}): Promise<Reply> {
  const { back } = await checkout(bank, 'approve', more)
  return toss(bank, 'POST', 'payments/confirm', {
    paymentKey: back.get('paymentKey'),
    orderId: back.get('orderId'),
    amount: Number(back.get('amount')),
  })
}

/** A fresh billing key of customer-1. */
export async function issuedKey(bank: { url: string }): Promise<string> {
  const { back } = await checkout(bank, 'approve', { mode: 'billing', customerKey: 'customer-1' })
  const asked = { authKey: back.get('authKey'), customerKey: 'customer-1' }
  const { body } = await toss(bank, 'POST', 'billing/authorizations/issue', asked)
  return String(body.billingKey)
}

export const CHARGE = {
  amount: 15_000,
  customerKey: 'customer-1',
  orderId: 'cycle-000001',
  orderName: '비타민 D',
}

export function chargeKey(
  bank: { url: string },
  billingKey: string,
  more: Json = {},
  headers: Record<string, string> = {},
): Promise<Reply> {
  return toss(bank, 'POST', `billing/${billingKey}`, { ...CHARGE, ...more }, headers)
}

/** A merchant's server that keeps what it is told; `answers` are its first statuses, then 200. */
export async function receiver(answers: number[] = []) {
  const received: { headers: IncomingHttpHeaders; body: Json }[] = []
  const server = createServer((req, res) => {
    let text = ''
    req.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    req.on('end', () => {
      const parsed: unknown = JSON.parse(text)
      received.push({ headers: req.headers, body: asObject(parsed) })
      res.statusCode = answers.shift() ?? 200
      res.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return { received, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/hook` }
}
