/**
 * Customers who buy, in a process of their own: each orders, begins to pay, agrees on the provider's page, comes back,
 * and begins again. What was begun is finished.
 */
import { randomUUID } from 'node:crypto'
import { type Answered, type Connection, openConnection } from '../measure/connection.ts'

/** What the generator is told once. */
export interface Customers {
  readonly port: number
  /** Of one customer each. */
  readonly tokens: readonly string[]
  /** Bodies of orders, one character for each byte. */
  readonly orders: readonly string[]
}

export interface Shopping {
  readonly seconds: number
}

/** What came of it. */
export interface Bought {
  /** Milliseconds of each purchase, from the order to the answer that it is paid. */
  readonly times: readonly number[]
  /** Of these the ones spent at the provider's. */
  readonly atProvider: readonly number[]
  /** Answers that were not what they should be, by the step. */
  readonly failed: Readonly<Record<string, number>>
  readonly seconds: number
}

const post = (path: string, token: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nauthorization: Bearer ${token}\r\nidempotency-key: ${randomUUID()}\r\n\r\n${body}`

const FORM = 'method=CARD'
const agree = (path: string) =>
  `POST ${path} HTTP/1.1\r\nhost: bank\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${FORM.length}\r\n\r\n${FORM}`

const comeBack = (path: string) => `GET ${path} HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\n\r\n`

/** @throws Step naming what was not answered as it should be */
function found(step: string, { status, text }: Answered, wanted: number, pattern: RegExp): string {
  const part = status === wanted ? pattern.exec(text)?.[1] : undefined
  if (part === undefined) throw new Step(`${step} ${status}`)
  return part
}

class Step extends Error {}

/** @returns the milliseconds it took, and how many of them at the provider's */
async function buy(
  shop: Connection,
  bankAt: (port: number) => Connection,
  token: string,
  order: string,
): Promise<[whole: number, atProvider: number]> {
  const begun = performance.now()
  const ordered = await shop.ask(post('/api/orders', token, order))
  const orderId = found('order', ordered, 201, /"id":"([\da-f-]+)"/)
  const payment = JSON.stringify({ orderId, provider: 'kakaopay', device: 'pc' })
  const page = found(
    'payment',
    await shop.ask(post('/api/payments', token, payment)),
    201,
    /"redirectUrl":"([^"]+)"/,
  )
  const { port, pathname } = new URL(page)
  const left = performance.now()
  const agreed = await bankAt(Number(port)).ask(agree(`${pathname}/approve`))
  const back = new URL(found('page', agreed, 303, /\r\nlocation: (\S+)/i))
  const atProvider = performance.now() - left
  found('return', await shop.ask(comeBack(back.pathname + back.search)), 200, /"state":"(paid)"/)
  return [performance.now() - begun, atProvider]
}

async function goShopping({ port, tokens, orders }: Customers, { seconds }: Shopping): Promise<Bought> {
  const times: number[] = []
  const atProvider: number[] = []
  const failed: Record<string, number> = {}
  const begin = performance.now()
  const until = begin + seconds * 1_000
  let next = 0
  const customer = async (token: string) => {
    const shop = openConnection(port)
    let bank: Connection | undefined
    const bankAt = (bankPort: number) => (bank ??= openConnection(bankPort))
    while (performance.now() < until) {
      try {
        const [whole, there] = await buy(shop, bankAt, token, orders[next++ % orders.length] ?? '')
        times.push(whole)
        atProvider.push(there)
      } catch (error) {
        if (!(error instanceof Step)) throw error
        failed[error.message] = (failed[error.message] ?? 0) + 1
        // A broken connection stays broken.
        if (error.message.endsWith(' 0')) break
      }
    }
    shop.close()
    bank?.close()
  }
  await Promise.all(tokens.map(customer))
  return { times, atProvider, failed, seconds: (performance.now() - begin) / 1_000 }
}

let customers: Customers | undefined
process.on('message', (message: Customers | Shopping) => {
  if ('tokens' in message) {
    customers = message
    process.send?.('ready')
  } else if (customers) {
    void goShopping(customers, message).then((result) => process.send?.(result))
  }
})
