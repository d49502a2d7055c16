/** Fees and discounts that the merchant publishes: from when they hold, and for what. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { moveOrder } from '../move-order.ts'
import { actor, openShop, receiver, type Shop, START } from '../orders.fixture.ts'
import { placeOrder } from '../place-order.ts'
import { askReturn } from '../returning/ask-return.ts'
import { consentTo, DEFAULT_RECURRING_TERMS } from '../rules/consent.ts'
import { findConsentText } from '../store/consent-store.ts'
import { publishTerms } from './publish-terms.ts'
import type { SellingTerms } from './selling-terms.ts'
import { termsBook } from './terms-book.ts'
import { readTerms } from './terms-store.ts'

const DELIVERY = { fee: won(3_000), freeFrom: won(30_000) }
const RETURNS = { returnFee: won(3_000), exchangeFee: won(6_000) }
const NEW: SellingTerms = {
  delivery: { fee: won(3_500), freeFrom: won(50_000) },
  returns: { returnFee: won(4_000), exchangeFee: won(8_000) },
  recurringDiscount: 5,
}

let shop: Shop
let customerId: string
beforeAll(async () => {
  shop = await openShop(DELIVERY, RETURNS)
})
afterAll(() => shop.drop())
beforeEach(() => {
  customerId = newId()
})

const newest = async () => (await readTerms(shop.db))[0]?.version ?? 0
const publish = async (terms: SellingTerms, from: Temporal.Instant | null = null, seen?: number) =>
  publishTerms(shop.deps, { seen: seen ?? (await newest()), terms, validFrom: from, byId: newId() })
const feeOf = async (quantity: number) => {
  const itemId = await shop.addItem(10, 10_000)
  return (await shop.placed([{ itemId, quantity }], { customerId })).amounts.deliveryFee
}

describe('published terms', () => {
  it('hold a minute later, in every process at that moment; the settings until then', async () => {
    shop.clock.set(START)
    const other = termsBook(shop.deps, { delivery: DELIVERY, returns: RETURNS, recurringDiscount: 0 })
    // Another process has just read that there are none.
    expect(await other.now()).toMatchObject({ version: 0, delivery: DELIVERY })
    expect(await publish(NEW)).toMatchObject({ kind: 'published', terms: { version: 1 } })
    shop.clock.advance({ seconds: 59, milliseconds: 999 })
    expect([await feeOf(1), await feeOf(3), (await other.now()).version]).toEqual([3_000, 0, 0])
    shop.clock.advance({ milliseconds: 1 })
    expect([await feeOf(1), await feeOf(3), (await other.now()).version]).toEqual([3_500, 3_500, 1])
    // Of yesterday it is known what held then.
    expect(await other.at(START)).toMatchObject({ version: 0, recurringDiscount: 0 })
    const { rows } = await sql<{ before: object; after: object }>`
      select before, after from platform.audit_entry where action = 'selling_terms.published'`.execute(
      shop.db,
    )
    expect(rows).toMatchObject([
      { before: { deliveryFee: 3_000 }, after: { deliveryFee: 3_500, freeFrom: 50_000 } },
    ])
  })

  it('leave what held before them as it was, whatever the settings become', async () => {
    const changed = { fee: won(100), freeFrom: won(0) }
    const settings = { delivery: changed, returns: { ...RETURNS, returnFee: won(0) }, recurringDiscount: 9 }
    const restarted = termsBook(shop.deps, settings)
    const before = { delivery: DELIVERY, returns: RETURNS, recurringDiscount: 0 }
    expect(await restarted.at(START)).toEqual({ ...before, version: 0 })
    // Neither is it replaced by who publishes next, nor by hand.
    const deps = { ...shop.deps, terms: restarted }
    restarted.forget()
    await publishTerms(deps, { seen: await newest(), terms: NEW, validFrom: null, byId: newId() })
    expect(await restarted.first()).toEqual(before)
    await expect(sql`update orders.first_terms set return_fee = 0`.execute(shop.db)).rejects.toThrow('never')
    await expect(
      sql`insert into orders.first_terms values (false, 0, 0, 0, 0, 0)`.execute(shop.db),
    ).rejects.toThrow('only_one')
  })

  it('surprise nobody: what was shown before is refused and told anew, and an order keeps its own', async () => {
    const itemId = await shop.addItem(10, 10_000)
    const lines = [{ itemId, quantity: 1 }]
    const before = await shop.placed(lines, { customerId, expectedTotal: 13_500 })
    await publish({ ...NEW, delivery: { fee: won(2_500), freeFrom: won(50_000) } })
    shop.clock.advance({ seconds: 60 })
    expect(await shop.place(lines, { customerId, expectedTotal: 13_500 })).toMatchObject({
      code: 'total_changed',
      facts: { currentTotal: 12_500 },
    })
    expect(await shop.order(before.id)).toMatchObject({ deliveryFee: 3_500, total: 13_500 })
  })

  it('of what goes back are those of the day of the order', async () => {
    const itemId = await shop.addItem(10, 10_000)
    const order = await shop.placed([{ itemId, quantity: 3 }], { customerId })
    await publish({ ...NEW, returns: { returnFee: won(9_000), exchangeFee: won(9_900) } })
    shop.clock.advance({ seconds: 60 })
    await shop.pay(order.id, order.amounts.total)
    const parcel = { carrier: 'hanjin', trackingNumber: '123456' } as const
    for (const step of [{ step: 'ship', parcel }, { step: 'deliver' }] as const)
      await moveOrder(shop.deps, { actorId: 'packer', orderId: order.id, wanted: undefined, step })
    const wish = {
      kind: 'return',
      reason: 'changed_mind',
      note: null,
      lines: [{ lineNo: 1, quantity: 1 }],
    } as const
    const asked = await askReturn(shop.deps, {
      actor: actor(customerId),
      orderId: order.id,
      wish,
      idempotencyKey: newId(),
    })
    expect(asked).toMatchObject({ kind: 'asked', request: { parcelFee: 4_000 } })
  })

  it('with another discount are another text, kept before anybody can agree to it', async () => {
    const terms = { ...NEW, recurringDiscount: 12 }
    const { version } = consentTo({ ...DEFAULT_RECURRING_TERMS, discountPercent: 12 })
    await publish(terms)
    expect((await findConsentText(shop.db, version))?.text.ko).toContain('12%')
    const itemId = await shop.addItem(10, 10_000)
    const subscription = { unit: 'days', count: 30 } as const
    const place = () => shop.place([{ itemId, quantity: 1, subscription }], { customerId })
    expect(await place()).not.toMatchObject({ facts: { version } })
    shop.clock.advance({ seconds: 60 })
    expect(await place()).toMatchObject({ code: 'consent_required', facts: { version } })
  })

  it('are agreed to where another process published them, which names another seller', async () => {
    const { settings } = shop.deps
    const seller = { name: '옮긴 가게' }
    const recurring = { ...settings.recurring, seller }
    const { version, text } = consentTo({ ...recurring, discountPercent: 7 })
    await publish({ ...NEW, recurringDiscount: 7 })
    shop.clock.advance({ seconds: 60 })
    const itemId = await shop.addItem(10, 10_000)
    const place = () =>
      placeOrder(
        { ...shop.deps, settings: { ...settings, recurring }, draw: () => 4_711 },
        {
          customerId,
          idempotencyKey: newId(),
          asked: {
            lines: [{ itemId, quantity: 1, subscription: { unit: 'days', count: 30 } }],
            receiver,
            consent: { version },
          },
        },
      )
    expect(await place()).toMatchObject({ body: { consentVersion: version } })
    expect(await findConsentText(shop.db, version)).toEqual({ version, text })
  })

  it('are published once when two do it at the same time, for a moment to come, and are never changed', async () => {
    const seen = await newest()
    const both = await Promise.all(Array.from({ length: 6 }, () => publish(NEW, null, seen)))
    expect(both.filter(({ kind }) => kind === 'published')).toHaveLength(1)
    expect(both.filter(({ kind }) => kind === 'refused')).toMatchObject(
      Array.from({ length: 5 }, () => ({ code: 'terms_changed_meanwhile', facts: { version: seen + 1 } })),
    )
    expect(await publish(NEW, shop.clock.now().subtract({ seconds: 1 }))).toMatchObject({
      code: 'invalid_request',
    })
    await expect(sql`update orders.selling_terms set delivery_fee = 0`.execute(shop.db)).rejects.toThrow(
      'never',
    )
    await expect(sql`delete from orders.selling_terms`.execute(shop.db)).rejects.toThrow('never')
    await expect(
      sql`insert into orders.selling_terms select 99, 0, 0, 0, 0, 0, now(), now(), ${newId()}`.execute(
        shop.db,
      ),
    ).rejects.toThrow('selling_terms_ahead')
  })
})
