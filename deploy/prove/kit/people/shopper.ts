import { randomBytes, randomInt } from 'node:crypto'

/** Buys over HTTP, as a browser would, at a server with simulated payments. */
export interface Shopper {
  /** Orders one piece and pays. @returns the id of the order once it is paid */
  buy(): Promise<string>
}

interface Call {
  token?: string
  json?: unknown
  key?: string
}

const PAUSE_MS = 200
const PAID_WITHIN_MS = 10_000

const RECEIVER = {
  name: '홍길동',
  phone: '010-1234-5678',
  address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
}

/**
 * Somebody new, signed in.
 * @param patienceMs for so long whatever got no answer, or one of 500 and more, is asked again, with the same key
 */
export async function newShopper(url: string, patienceMs = 0): Promise<Shopper> {
  const ask = async (path: string, asked: Call): Promise<Record<string, unknown>> =>
    JSON.parse(await patiently(() => send(`${url}${path}`, asked), patienceMs)) as Record<string, unknown>
  const email = `${randomBytes(8).toString('hex')}@proof.example`
  const password = `Proof-${randomBytes(6).toString('hex')}1!`
  await ask('/api/users', {
    json: {
      email,
      password,
      displayName: `손님${randomBytes(4).toString('hex')}`,
      realName: '홍길동',
      phone: `010-${randomInt(1000, 9999)}-${randomInt(1000, 9999)}`,
      address: RECEIVER.address,
    },
  })
  const token = String((await ask('/api/auth/login', { json: { email, password } })).accessToken)
  const items = (await ask('/api/items?size=100', {})).data as { id: string }[]
  // Not all of them the same one first.
  let bought = randomInt(items.length)
  /** Demo items have few pieces: another one each time, and the next where one is sold out. */
  const orderOne = async (key: () => string): Promise<Record<string, unknown>> => {
    const itemId = items[bought % items.length]?.id
    bought += 1
    const json = { lines: [{ itemId, quantity: 1 }], receiver: RECEIVER }
    return ask('/api/orders', { token, key: key(), json }).catch((error: unknown) => {
      if (String(error).includes('out_of_stock')) return orderOne(key)
      throw error
    })
  }
  return {
    buy: async () => {
      const key = () => `proof-${randomBytes(12).toString('hex')}`
      const order = await orderOne(key)
      const orderId = String(order.id)
      const payment = await ask('/api/payments', {
        token,
        key: key(),
        json: { orderId, provider: 'kakaopay' },
      })
      // The customer presses the button of the provider's page, and comes back with what it gives the browser.
      const page = `${String(payment.redirectUrl)}/approve`
      const pressed = await fetch(page, { method: 'POST', redirect: 'manual' })
      await pressed.text()
      const back = pressed.headers.get('location') ?? ''
      await patiently(() => fetch(back, { redirect: 'manual', headers: { connection: 'close' } }), patienceMs)
      for (const end = performance.now() + PAID_WITHIN_MS + patienceMs; performance.now() < end; ) {
        const { payment: state, state: shown } = await ask(`/api/orders/${orderId}`, { token })
        if (JSON.stringify([state, shown]).includes('paid')) return orderId
        await pause()
      }
      throw new Error(`the order ${orderId} was not paid`)
    },
  }
}

function send(url: string, { token, json, key }: Call): Promise<Response> {
  return fetch(url, {
    method: json === undefined ? 'GET' : 'POST',
    headers: {
      // A connection each: a proxy that is reloaded hangs up the idle ones, and only browsers ask again by themselves.
      connection: 'close',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
}

/** @returns the body of the answer @throws when it is a refusal, or patience is at its end */
async function patiently(asked: () => Promise<Response>, patienceMs: number): Promise<string> {
  const end = performance.now() + patienceMs
  for (;;) {
    const answer = await asked().catch((error: unknown) => {
      if (performance.now() > end) throw error
      return undefined
    })
    const body = await answer?.text().catch(() => undefined)
    if (answer !== undefined && body !== undefined && answer.status < 400) return body
    const isRefused = answer !== undefined && answer.status < 500
    if (isRefused || performance.now() > end)
      throw new Error(`${answer?.url}: ${answer?.status ?? 'no answer'} ${body}`)
    await pause()
  }
}

function pause(): Promise<void> {
  return new Promise((over) => setTimeout(over, PAUSE_MS))
}
