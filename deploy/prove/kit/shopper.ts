import { randomBytes, randomInt } from 'node:crypto'

/** Buys over HTTP, as a browser would, at a server with simulated payments. */
export interface Shopper {
  /** Orders one piece and pays. @returns the id of the order once it is paid */
  buy(): Promise<string>
}

async function call(url: string, { token, json, key }: { token?: string; json?: unknown; key?: string }) {
  const answer = await fetch(url, {
    method: json === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
  const body = (await answer.json()) as Record<string, unknown>
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${JSON.stringify(body)}`)
  return body
}

const RECEIVER = {
  name: '홍길동',
  phone: '010-1234-5678',
  address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
}

/** Somebody new, signed in. */
export async function newShopper(url: string): Promise<Shopper> {
  const email = `${randomBytes(8).toString('hex')}@proof.example`
  const password = `Proof-${randomBytes(6).toString('hex')}1!`
  await call(`${url}/api/users`, {
    json: {
      email,
      password,
      displayName: `손님${randomBytes(4).toString('hex')}`,
      realName: '홍길동',
      phone: `010-${randomInt(1000, 9999)}-${randomInt(1000, 9999)}`,
      address: RECEIVER.address,
    },
  })
  const token = String((await call(`${url}/api/auth/login`, { json: { email, password } })).accessToken)
  const items = (await call(`${url}/api/items?size=20`, {})).data as { id: string }[]
  let bought = 0
  return {
    buy: async () => {
      const key = () => `proof-${randomBytes(12).toString('hex')}`
      // Demo items have few pieces: another one each time.
      const itemId = items[bought % items.length]?.id
      bought += 1
      const order = await call(`${url}/api/orders`, {
        token,
        key: key(),
        json: { lines: [{ itemId, quantity: 1 }], receiver: RECEIVER },
      })
      const orderId = String(order.id)
      const payment = await call(`${url}/api/payments`, {
        token,
        key: key(),
        json: { orderId, provider: 'kakaopay' },
      })
      // The customer presses the button of the provider's page, and comes back with what it gives the browser.
      const back = await fetch(`${String(payment.redirectUrl)}/approve`, { method: 'POST' })
      await back.text()
      for (let n = 0; n < 100; n += 1) {
        const { payment: state, state: shown } = await call(`${url}/api/orders/${orderId}`, { token })
        if (JSON.stringify([state, shown]).includes('paid')) return orderId
        await new Promise((later) => setTimeout(later, 100))
      }
      throw new Error(`the order ${orderId} was not paid`)
    },
  }
}
