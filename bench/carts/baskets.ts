import { randomUUID } from 'node:crypto'
import { openConnection } from '../measure/connection.ts'
import type { Shop } from '../measure/shop.ts'
import type { Buyer } from '../orders/buyers.ts'

/** A cart as its owner comes to it. */
interface Basket {
  /** The header by which its owner is known: a token, or the cookie of a visitor. */
  readonly owner: string
  /** Pieces of each item that were answered as added. */
  readonly added: Map<string, number>
}

/** What came of adding again and again. */
interface Added {
  /** Milliseconds of each answer. */
  readonly times: number[]
  readonly failed: Map<number, number>
  readonly seconds: number
}

/** Empty carts of customers and of so many visitors, in turns. */
export async function openBaskets(
  { url }: Shop,
  customers: readonly Buyer[],
  visitors: number,
): Promise<Basket[]> {
  const baskets: Basket[] = []
  for (let n = 0; n < visitors; n++) {
    const answer = await fetch(`${url}/api/cart`)
    await answer.arrayBuffer()
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
    if (cookie === undefined) throw new Error(`no cookie of a cart: ${answer.status}`)
    baskets.push({ owner: `cookie: ${cookie}`, added: new Map() })
    const customer = customers[n]
    if (customer) baskets.push({ owner: `authorization: Bearer ${customer.token}`, added: new Map() })
  }
  return baskets
}

/**
 * Adds one piece after another to carts: each client to carts of its own in turn, an item of four in each. Nobody is cut
 * off, so that afterwards every cart must hold just what was answered.
 */
export async function fillBaskets(
  { url }: Shop,
  baskets: readonly Basket[],
  items: readonly string[],
  { clients, seconds }: { clients: number; seconds: number },
): Promise<Added> {
  const port = Number(new URL(url).port)
  const times: number[] = []
  const failed = new Map<number, number>()
  const begin = performance.now()
  const until = begin + seconds * 1_000
  const client = async (n: number) => {
    const own = baskets.filter((_, index) => index % clients === n)
    const connection = openConnection(port)
    for (let turn = 0; performance.now() < until; turn += 1) {
      const basket = own[turn % own.length]
      const itemId = items[Math.floor(turn / own.length) % items.length]
      if (basket === undefined || itemId === undefined) throw new Error('nothing to add')
      const from = performance.now()
      const { status } = await connection.ask(requestOf(basket, itemId, n))
      times.push(performance.now() - from)
      if (status === 200) basket.added.set(itemId, (basket.added.get(itemId) ?? 0) + 1)
      else failed.set(status, (failed.get(status) ?? 0) + 1)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)))
  return { times, failed, seconds: (performance.now() - begin) / 1_000 }
}

function requestOf({ owner }: Basket, itemId: string, client: number): string {
  const body = JSON.stringify({ itemId, quantity: 1 })
  return `POST /api/cart/lines HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${owner}\r\nx-forwarded-for: 198.51.100.${client + 1}\r\nidempotency-key: ${randomUUID()}\r\n\r\n${body}`
}

/** How many pieces the carts show more or fewer than were answered, as their owners see them. */
export async function piecesAstray({ url }: Shop, baskets: readonly Basket[]): Promise<number> {
  let astray = 0
  for (const { owner, added } of baskets) {
    const [name = '', value = ''] = owner.split(': ')
    const answer = await fetch(`${url}/api/cart`, { headers: { [name]: value } })
    const { lines } = (await answer.json()) as { lines: { itemId: string; quantity: number }[] }
    const shown = new Map(lines.map(({ itemId, quantity }) => [itemId, quantity]))
    for (const id of new Set([...shown.keys(), ...added.keys()]))
      astray += Math.abs((shown.get(id) ?? 0) - (added.get(id) ?? 0))
  }
  return astray
}
