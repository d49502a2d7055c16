/** What the database takes of processes from releases that read no conditions of coupons, and of those that do. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import type { CouponOffer } from './coupon.ts'
import { insertClaim, insertCoupon } from './coupon-store.ts'
import { couponsSchema } from './index.ts'
import { redeem } from './use-coupon.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase([couponsSchema])
})
afterAll(() => test.drop())

const now = Temporal.Instant.from('2026-11-21T03:00:00Z')
const CODE = 'WINTER26'

async function offer(more: Partial<CouponOffer>): Promise<string> {
  const id = newId()
  const terms: CouponOffer = {
    name: '겨울 쿠폰',
    off: { kind: 'amount', amount: won(1_000) },
    minimum: won(10_000),
    startsAt: now.subtract({ hours: 1 }),
    endsAt: now.add({ hours: 24 }),
    budget: null,
    firstOrder: false,
    boughtBefore: false,
    categories: null,
    code: null,
    ...more,
  }
  await transact(test.db, (tx) => insertCoupon(tx, id, terms, { by: newId(), at: now }))
  return id
}

const use = (couponId: string, customerId = newId()) => ({
  couponId,
  customerId,
  orderId: newId(),
  discount: won(1_000),
  now,
})
const redeemed = (wish: ReturnType<typeof use>) => transact(test.db, (tx) => redeem(tx, wish))

/** The statement of releases from before the conditions, word for word. */
const asBefore = ({ orderId, couponId, customerId }: ReturnType<typeof use>) =>
  sql`
    insert into coupons.use (order_id, coupon_id, customer_id, first_order, discount, used_at)
    values (${orderId}, ${couponId}, ${customerId}, ${false}, ${1_000}, ${now})
    on conflict do nothing`.execute(test.db)

describe('a use of a coupon', () => {
  it.each([
    ['for categories', { categories: ['EYE'] }],
    ['for who has bought before', { boughtBefore: true }],
  ] as const)('%s is taken from who read its conditions only', async (_name, more) => {
    const id = await offer(more)
    await expect(asBefore(use(id))).rejects.toThrow('were not read')
    expect(await redeemed(use(id))).toEqual({ kind: 'redeemed' })
  })

  it('with a code is taken from nobody else than who typed it', async () => {
    const id = await offer({ code: CODE })
    const knows = newId()
    await transact(test.db, (tx) => insertClaim(tx, { code: CODE, customerId: knows, now }))
    await expect(asBefore(use(id, knows))).rejects.toThrow('were not read')
    const { orderId, customerId } = use(id)
    const unclaimed = sql`
      insert into coupons.use (order_id, coupon_id, customer_id, first_order, discount, used_at, by_conditions)
      values (${orderId}, ${id}, ${customerId}, false, 1000, ${now}, true)`.execute(test.db)
    await expect(unclaimed).rejects.toThrow('has not typed its code')
    expect(await redeemed(use(id))).toMatchObject({ code: 'coupon_not_valid' })
    expect(await redeemed(use(id, knows))).toEqual({ kind: 'redeemed' })
  })

  it('without conditions is taken from both, once for each customer', async () => {
    const id = await offer({})
    const [one, another] = [newId(), newId()]
    await asBefore(use(id, one))
    expect(await redeemed(use(id, one))).toMatchObject({ code: 'coupon_used' })
    expect(await redeemed(use(id, another))).toEqual({ kind: 'redeemed' })
  })
})
