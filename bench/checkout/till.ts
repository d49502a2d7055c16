import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Shop } from '../measure/shop.ts'
import { type Basket, chooseBaskets, orderOf } from '../orders/basket.ts'
import { type Buyer, signInBuyers } from '../orders/buyers.ts'
import { stockUp } from '../orders/order-books.ts'
import type { Bought, Customers, Shopping } from './generator.ts'

/** Customers and what they buy, from a process of their own. */
export interface Till {
  readonly buyers: readonly Buyer[]
  /** Buys only for the yardsticks. */
  readonly other: Buyer
  readonly baskets: readonly Basket[]
  shop(shopping: Shopping): Promise<Bought>
  stop(): void
}

/** Customers of other benchmarks have smaller numbers: their orders are removed, which is not done with paid ones. */
const FIRST_CUSTOMER = 1_000
/** Different baskets; pgbench takes no more scripts than 128. */
const BASKETS = 120

/** Signs customers in whose letters are sent, fills the shelves, and starts whoever sends the requests. */
export async function openTill(shop: Shop, customers: number): Promise<Till> {
  const [other, ...buyers] = await signInBuyers(shop, customers + 1, FIRST_CUSTOMER)
  if (other === undefined) throw new Error('nobody signed in')
  const ids = [other, ...buyers].map(({ id }) => id)
  await sql`
    update identity.account set email_verified_at = created_at where id = any(${ids}::uuid[])`.execute(
    shop.db,
  )
  const baskets = await chooseBaskets(shop.db, BASKETS)
  await stockUp(shop.db, baskets.flat())
  const generator = await startGenerator({
    port: Number(new URL(shop.url).port),
    tokens: buyers.map(({ token }) => token),
    orders: baskets.map((basket) => Buffer.from(JSON.stringify(orderOf(basket))).toString('latin1')),
  })
  return {
    buyers,
    other,
    baskets,
    shop: async (shopping) => {
      generator.send(shopping)
      const [bought] = (await once(generator, 'message')) as [Bought]
      return bought
    },
    stop: () => void generator.kill(),
  }
}

async function startGenerator(customers: Customers): Promise<ChildProcess> {
  const generator = fork(join(import.meta.dirname, 'generator.ts'), { serialization: 'advanced' })
  generator.send(customers)
  await once(generator, 'message')
  return generator
}
