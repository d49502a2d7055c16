import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { equalFigure, type Figure, mostFigure, percentile, spreadFigure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'
import { type Basket, orderOf } from './orders/basket.ts'
import { type Buyer, signInBuyers } from './orders/buyers.ts'
import { countBooks, forgetOrders, settled, stockUp } from './orders/order-books.ts'

/** How many people search at once, each from an address of their own. */
const CROWDS = [24, 80]
/** Who buys meanwhile: each waits for an answer before they go on. */
const BUYERS = 4
/** Who looks at pages meanwhile, in the same way. */
const LOOKERS = 2
/** Searches take the processor, too, of a small machine: what must not happen is waiting behind all of them. */
const MOST_TIMES_PAGE = 8
const MOST_TIMES_ORDER = 8
const WORDS = ['비타민', '오메가3', '홍삼', '유산균', 'ㅂㅌㅁ', '루테인', '칼슘', 'probiotics']

/** What came of asking again and again. */
interface Asked {
  readonly times: number[]
  readonly statuses: Map<number, number>
}

/**
 * People who search as fast as they are answered, and others who look at their own pages, at items and order meanwhile:
 * how much longer the latter wait than with nobody searching. Every order that was answered has to stand afterwards.
 */
export async function measureCrowd(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const buyers = await signInBuyers(shop, BUYERS)
  const ids = buyers.map(({ id }) => id)
  const basket = await chooseBasket(shop)
  const items = await chooseItems(shop)
  await forgetOrders(shop.db, ids)
  await stockUp(shop.db, basket)
  try {
    await shopAmong(shop, { buyers, basket, items, crowd: 0, seconds: 2 })
    const before = await booksOf(shop, buyers)
    const quiet = await shopAmong(shop, { buyers, basket, items, crowd: 0, seconds: options.seconds })
    const figures: Figure[] = []
    let answered = placed(quiet)
    for (const crowd of CROWDS) {
      const among = await shopAmong(shop, { buyers, basket, items, crowd, seconds: options.seconds })
      answered += placed(among)
      figures.push(...figuresOf(crowd, quiet, among))
    }
    const after = await booksOf(shop, buyers)
    return [
      ...figures,
      equalFigure('crowd, orders answered, not standing', answered - (after.orders - before.orders), 0),
      equalFigure('crowd, orders without hold, event or key', after.incomplete, 0),
      equalFigure('crowd, pieces ordered but not held', after.ordered - after.held, 0),
    ]
  } finally {
    await forgetOrders(shop.db, ids)
  }
}

interface Among {
  /** Own orders by the API, the page that lists them, and pages of items, each of another one. */
  readonly pages: Asked
  readonly lists: Asked
  readonly items: Asked
  readonly orders: Asked
  readonly searches: Asked
}

function figuresOf(crowd: number, quiet: Among, among: Among): Figure[] {
  const p95 = ({ times }: Asked) => percentile(times, 0.95)
  const other = ({ statuses }: Asked, fine: readonly number[]) =>
    [...statuses].reduce((sum, [status, count]) => sum + (fine.includes(status) ? 0 : count), 0)
  const name = `${crowd} search`
  const page = (what: string, of: 'pages' | 'lists' | 'items') =>
    spreadFigure(
      `${name}, ${what}, p95`,
      p95(among[of]),
      { name: 'alone', ms: p95(quiet[of]) },
      MOST_TIMES_PAGE,
    )
  return [
    page('own orders (API)', 'pages'),
    page('own page', 'lists'),
    page('item page', 'items'),
    spreadFigure(
      `${name}, order, p95`,
      p95(among.orders),
      { name: 'alone', ms: p95(quiet.orders) },
      MOST_TIMES_ORDER,
    ),
    equalFigure(`${name}, own orders refused`, other(among.pages, [200]), 0),
    equalFigure(`${name}, own pages refused`, other(among.lists, [200]), 0),
    equalFigure(`${name}, item pages refused`, other(among.items, [200]), 0),
    equalFigure(`${name}, orders refused`, other(among.orders, [201]), 0),
    equalFigure(`${name}, searches broken`, other(among.searches, [200, 503]), 0),
    mostFigure(`${name}, searches put off`, share(among.searches, 503), 50, '%'),
  ]
}

const share = ({ times, statuses }: Asked, status: number) =>
  (100 * (statuses.get(status) ?? 0)) / Math.max(1, times.length)

const placed = ({ orders }: Among) => orders.statuses.get(201) ?? 0

async function shopAmong(
  { url }: Shop,
  {
    buyers,
    basket,
    items,
    crowd,
    seconds,
  }: {
    buyers: readonly Buyer[]
    basket: Basket
    items: readonly string[]
    crowd: number
    seconds: number
  },
): Promise<Among> {
  const until = performance.now() + seconds * 1_000
  const signed = (n: number) => ({ authorization: `Bearer ${buyers[n % buyers.length]?.token}` })
  const browser = (n: number) => ({ headers: { cookie: buyers[n % buyers.length]?.cookie ?? '' } })
  const [pages, lists, looks, orders, searches] = await Promise.all([
    again(BUYERS, until, (n) => fetch(`${url}/api/orders?size=10`, { headers: signed(n) })),
    again(LOOKERS, until, (n) => fetch(`${url}/orders`, browser(n))),
    again(LOOKERS, until, (n, turn) =>
      fetch(`${url}/items/${items[(turn * LOOKERS + n) % items.length]}`, browser(n)),
    ),
    again(BUYERS, until, (n) =>
      fetch(`${url}/api/orders`, {
        method: 'POST',
        headers: { ...signed(n), 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify(orderOf(basket)),
      }),
    ),
    again(crowd, until, (n, turn) => {
      const keyword = encodeURIComponent(WORDS[(n + turn) % WORDS.length] ?? '')
      const from = { 'x-forwarded-for': `198.51.100.${n + 1}` }
      return fetch(`${url}/api/items?keyword=${keyword}&sort=relevance`, { headers: from })
    }),
  ])
  return { pages, lists, items: looks, orders, searches }
}

/** So many people, each of whom asks again when they are answered. */
async function again(
  people: number,
  until: number,
  ask: (person: number, turn: number) => Promise<Response>,
): Promise<Asked> {
  const asked: Asked = { times: [], statuses: new Map() }
  await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        const began = performance.now()
        const answer = await ask(person, turn)
        await answer.arrayBuffer()
        asked.times.push(performance.now() - began)
        asked.statuses.set(answer.status, (asked.statuses.get(answer.status) ?? 0) + 1)
      }
    }),
  )
  return asked
}

async function booksOf(shop: Shop, buyers: readonly Buyer[]) {
  await settled(shop.db, buyers)
  return countBooks(shop.db, buyers)
}

async function chooseBasket(shop: Shop): Promise<Basket> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by id limit 2`.execute(shop.db)
  const [one, other] = rows
  if (!one || !other) throw new Error('nothing is on sale')
  return [one.id, other.id]
}

/** Many, so that hardly any page of one is asked for twice. */
async function chooseItems(shop: Shop): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by md5(id::text) limit 5000`.execute(shop.db)
  return rows.map(({ id }) => id)
}
