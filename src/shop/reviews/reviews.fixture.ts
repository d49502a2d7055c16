/** For the tests of reviews only: the shop of the orders' tests, with reviews. */
import { sql } from 'kysely'
import { migrate } from '../../platform/database/migrate.ts'
import { newId } from '../../platform/ids.ts'
import { openShop } from '../orders/orders.fixture.ts'
import { picturesSchema } from '../pictures/index.ts'
import { memoryFiles, testPictures } from '../pictures/pictures.fixture.ts'
import { reviewsSchema } from './index.ts'
import type { Written } from './review.ts'
import { type ReviewDeps, writeReview } from './write-review.ts'

export const BODY = '아침마다 먹기 편하고 속이 편안해서 다시 샀어요.'

export type ReviewShop = Awaited<ReturnType<typeof openReviewShop>>

export async function openReviewShop() {
  const shop = await openShop()
  await migrate(shop.db, [picturesSchema, reviewsSchema])
  const { db, clock, orders } = shop
  const files = memoryFiles()
  const pictures = testPictures({ db, clock }, files)
  const deps: ReviewDeps = { db, clock, orders, pictures, nameOf: async () => '건강지기' }

  /** An order of one piece, placed and, unless told otherwise, paid. */
  async function bought(itemId: string, customerId: string = newId(), isPaid = true) {
    const order = await shop.placed([{ itemId, quantity: 1 }], { customerId })
    if (isPaid) await shop.pay(order.id, order.amounts.total)
    return { orderId: order.id, lineNo: 1, authorId: customerId }
  }

  type Line = Awaited<ReturnType<typeof bought>>
  const write = (
    line: Line,
    written: Partial<Written> = {},
    idempotencyKey = newId(),
    other: Partial<ReviewDeps> = {},
  ) => {
    const { orderId, lineNo, authorId } = line
    const asked = { orderId, lineNo, stars: 5, body: BODY, ...written }
    return writeReview({ ...deps, ...other }, { authorId, idempotencyKey, asked })
  }
  return {
    ...shop,
    deps,
    files,
    bought,
    write,
    /** Writes what must not be refused. @returns its id */
    async written(line: Line, written: Partial<Written> = {}): Promise<string> {
      const result = await write(line, written)
      if (result.kind === 'refused') throw new Error(`refused: ${result.code}`)
      return result.body.id
    },
    /** What the events about an item's reviews add up to. */
    async told(itemId: string): Promise<{ reviews: number; stars: number }> {
      const { rows } = await sql<{ before: number | null; after: number | null }>`
        select (data->>'starsBefore')::int as before, (data->>'starsAfter')::int as after
        from platform.outbox where type = 'shop.review.changed' and data->>'itemId' = ${itemId}`.execute(db)
      return {
        reviews: rows.reduce(
          (n, { before, after }) => n + Number(after !== null) - Number(before !== null),
          0,
        ),
        stars: rows.reduce((n, { before, after }) => n + (after ?? 0) - (before ?? 0), 0),
      }
    },
  }
}
