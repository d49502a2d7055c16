import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'

/** What is ordered: two items, one piece each. */
export type Basket = readonly [itemId: string, itemId: string]

const RECEIVER = {
  name: '홍길동',
  phone: '010-1234-5678',
  address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
}

/** The body of the request that orders it. */
export const orderOf = (basket: Basket) => ({
  lines: basket.map((itemId) => ({ itemId, quantity: 1 })),
  receiver: RECEIVER,
})

/** Baskets of items on sale, every item in one of them; always the same ones. */
export async function chooseBaskets(db: Db, count: number): Promise<Basket[]> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by md5(id::text) limit ${2 * count}`.execute(
    db,
  )
  const baskets: Basket[] = []
  for (let n = 0; n + 1 < rows.length; n += 2) {
    const [one, other] = [rows[n], rows[n + 1]]
    if (one && other) baskets.push([one.id, other.id])
  }
  return baskets
}
