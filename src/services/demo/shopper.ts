import { randomUUID } from 'node:crypto'
import { isThisMachine } from '../../platform/settings.ts'

type Json = Readonly<Record<string, unknown>>
type Method = 'GET' | 'POST' | 'PUT'

/** Somebody of the demo who uses the shop as everybody does, over HTTP. */
export interface Shopper {
  /** @throws when it is refused, with what was said */
  ask(method: Method, path: string, body?: object): Promise<Json>
  /** Orders, and pays on the provider's page. @returns the order's id */
  buy(order: object): Promise<string>
}

/** Signs somebody in. @param signal gives up between two requests when it is aborted */
export async function signInShopper(
  url: string,
  { email, password }: { email: string; password: string },
  signal: AbortSignal,
): Promise<Shopper> {
  const tokens = await request(`${url}/api/auth/login`, { method: 'POST', body: { email, password }, signal })
  const headers = { authorization: `Bearer ${textOf(tokens, 'accessToken')}` }
  const ask = (method: Method, path: string, body?: object) =>
    request(`${url}${path}`, { method, headers, signal, ...(body === undefined ? {} : { body }) })
  return {
    ask,
    buy: async (order) => {
      const id = textOf(await ask('POST', '/api/orders', order), 'id')
      const payment = await ask('POST', '/api/payments', { orderId: id, provider: 'kakaopay' })
      const page = textOf(payment, 'redirectUrl')
      if (!isThisMachine(new URL(page).hostname))
        throw new Error('only a simulated bank is paid for the demo')
      const pressed = await fetch(`${page}/approve`, { method: 'POST', redirect: 'manual', body: '', signal })
      await pressed.body?.cancel()
      const back = pressed.headers.get('location')
      if (back === null) throw new Error(`the simulated bank sent nobody back from ${new URL(page).origin}`)
      await request(back, { method: 'GET', signal })
      return id
    },
  }
}

interface Asked {
  method: Method
  headers?: Readonly<Record<string, string>>
  body?: object
  signal: AbortSignal
}

async function request(url: string, { method, headers, body, signal }: Asked): Promise<Json> {
  const response = await fetch(url, {
    method,
    signal,
    headers: {
      ...headers,
      accept: 'application/json',
      ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const { pathname } = new URL(url)
  if (!response.ok) throw new Error(`${method} ${pathname}: ${response.status} ${text.slice(0, 300)}`)
  const read: unknown = JSON.parse(text)
  if (!isJson(read)) throw new Error(`${method} ${pathname} answered no object`)
  return read
}

/** Whether what was read is an object. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws when there is no such text */
export function textOf(of: Json, name: string): string {
  const value = of[name]
  if (typeof value !== 'string') throw new Error(`the answer has no ${name}`)
  return value
}
