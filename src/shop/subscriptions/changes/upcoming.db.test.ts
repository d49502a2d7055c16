import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { amountDue } from '../rules/subscription.ts'
import { actor, openShop, type Shop, START } from '../subscriptions.fixture.ts'
import {
  agreeToPrice,
  askForPrice,
  pauseAgreement,
  setPeriod,
  setQuantity,
  skipAgreedDelivery,
  unskipAgreedDelivery,
} from './agreement-commands.ts'
import { announceCharges } from './upcoming.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

/** 09:00 in Seoul on a day. */
const morning = (day: string) => Temporal.Instant.from(`${day}T00:00:00Z`)
const announce = async (day: string) => {
  shop.clock.set(morning(day))
  return announceCharges(shop.deps)
}
async function upcoming(id: string) {
  return (await shop.events(id)).flatMap(({ type, data }) => (type === 'charge-upcoming' ? [data] : []))
}
const asked = ({ id, as }: Awaited<ReturnType<Shop['subscriber']>>) => ({ subscriptionId: id, actor: as })

describe('the announcement of a charge', () => {
  it('is made three days ahead, once for each cycle, with what will be charged', async () => {
    const of = await shop.subscriber({ quantity: 2 })
    await announce('2027-02-05')
    expect(await upcoming(of.id)).toEqual([])
    await announce('2027-02-06')
    await announce('2027-02-06')
    await announce('2027-02-07')
    const { customerId, itemId } = of
    const first = {
      subscriptionId: of.id,
      customerId,
      itemId,
      cycleNo: 2,
      due: '2027-02-09',
      amount: 20_000,
      chargeOn: '2027-02-09',
    }
    expect(await upcoming(of.id)).toEqual([first])
    shop.clock.set(morning('2027-02-09'))
    await shop.settle(of.id, await shop.charge(of.id), 'paid')
    await setQuantity(shop.deps, asked(of), 3)
    await announce('2027-03-08')
    expect(await upcoming(of.id)).toEqual([
      first,
      { ...first, cycleNo: 3, due: '2027-03-11', chargeOn: '2027-03-11', amount: 30_000 },
    ])
    expect((await shop.events(of.id)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5])
  })

  it('is made up for after days on which nobody made it, as long as the charge is ahead', async () => {
    const [late, missed] = [await shop.subscriber(), await shop.subscriber()]
    await skipAgreedDelivery(shop.deps, asked(missed), Temporal.PlainDate.from('2027-02-09'))
    await announce('2027-02-09')
    expect(await upcoming(late.id)).toMatchObject([{ due: '2027-02-09' }])
    await announce('2027-03-12')
    expect(await upcoming(missed.id)).toEqual([])
  })

  it('is not made for what is skipped, paused, cancelled or still being settled', async () => {
    const of = await shop.subscriber()
    await pauseAgreement(shop.deps, asked(of), null)
    const open = await shop.subscriber()
    shop.clock.set(morning('2027-02-09'))
    await shop.settle(open.id, await shop.charge(open.id), {
      kind: 'declined',
      class: 'retryable',
      code: 'no',
    })
    await announce('2027-03-08')
    expect([...(await upcoming(of.id)), ...(await upcoming(open.id))]).toEqual([])
  })

  it('is made again at once when the amount changes, once for each content', async () => {
    const of = await shop.subscriber()
    await announce('2027-02-06')
    shop.clock.set(morning('2027-02-07'))
    const amounts = async () => (await upcoming(of.id)).map(({ amount }) => amount)
    await setQuantity(shop.deps, asked(of), 3)
    expect(await amounts()).toEqual([10_000, 30_000])
    await setQuantity(shop.deps, asked(of), 3)
    await announce('2027-02-07')
    expect(await amounts()).toEqual([10_000, 30_000])
    const merchant = { subscriptionId: of.id, actor: actor('merchant', 'merchant') }
    await askForPrice(shop.deps, merchant, won(9_000))
    expect(await amounts()).toEqual([10_000, 30_000])
    await agreeToPrice(shop.deps, asked(of), won(9_000))
    await setQuantity(shop.deps, asked(of), 1)
    expect(await amounts()).toEqual([10_000, 30_000, 27_000, 9_000])
    const versions = (await shop.events(of.id)).map(({ version }) => version)
    expect(versions).toEqual(versions.map((_, index) => index + 1))
  })

  it('is made again when the date moves: at once when it is near, else when it comes near', async () => {
    const [near, far] = [await shop.subscriber(), await shop.subscriber()]
    await announce('2027-02-06')
    const { settings } = shop.deps
    const anyPeriod = { ...settings, calendar: { ...settings.calendar, allowedDays: 'any' as const } }
    await setPeriod({ ...shop.deps, settings: anyPeriod }, asked(near), { unit: 'days', count: 29 })
    await setPeriod(shop.deps, asked(far), { unit: 'days', count: 60 })
    expect(await upcoming(near.id)).toMatchObject([{ due: '2027-02-09' }, { due: '2027-02-08', cycleNo: 2 }])
    expect(await upcoming(far.id)).toMatchObject([{ due: '2027-02-09' }])
    await announce('2027-03-08')
    expect(await upcoming(far.id)).toMatchObject([{ due: '2027-02-09' }, { due: '2027-03-11', cycleNo: 2 }])
  })

  it('is made at once for a charge that a change brings near', async () => {
    const of = await shop.subscriber()
    await skipAgreedDelivery(shop.deps, asked(of), Temporal.PlainDate.from('2027-02-09'))
    await announce('2027-02-07')
    expect(await upcoming(of.id)).toEqual([])
    await unskipAgreedDelivery(shop.deps, asked(of), Temporal.PlainDate.from('2027-02-09'))
    expect(await upcoming(of.id)).toMatchObject([{ cycleNo: 2, due: '2027-02-09', amount: 10_000 }])
    await skipAgreedDelivery(shop.deps, asked(of), Temporal.PlainDate.from('2027-02-09'))
    await unskipAgreedDelivery(shop.deps, asked(of), Temporal.PlainDate.from('2027-02-09'))
    expect(await upcoming(of.id)).toHaveLength(1)
  })

  it('does not follow a change that comes too late for the charge', async () => {
    const of = await shop.subscriber()
    await announce('2027-02-06')
    // 18:00 in Seoul on the day before.
    shop.clock.set(Temporal.Instant.from('2027-02-08T09:00:00Z'))
    await setQuantity(shop.deps, asked(of), 3)
    await announceCharges(shop.deps)
    expect(await upcoming(of.id)).toMatchObject([{ amount: 10_000 }])
  })

  it('is made at once when a late payment leaves the next charge near', async () => {
    const of = await shop.subscriber()
    shop.clock.set(morning('2027-02-09'))
    const declined = { kind: 'declined', class: 'final', code: 'no' } as const
    await shop.settle(of.id, await shop.charge(of.id), declined)
    await announce('2027-03-10')
    expect(await upcoming(of.id)).toEqual([])
    await shop.settle(of.id, newId(), 'paid', 'checkout', of.methodId)
    expect(await upcoming(of.id)).toMatchObject([{ cycleNo: 3, due: '2027-03-11', amount: 10_000 }])
  })

  it('made before contents were kept counts for what it was then', async () => {
    const of = await shop.subscriber()
    await sql`update subscriptions.subscription
      set announced_cycle_no = 2, announced_due = null, announced_amount = null where id = ${of.id}`.execute(
      shop.db,
    )
    await announce('2027-02-07')
    expect(await upcoming(of.id)).toEqual([])
    await setQuantity(shop.deps, asked(of), 2)
    expect(await upcoming(of.id)).toMatchObject([{ amount: 20_000 }])
  })

  it('in the midst of changes ends with what will be charged, and never repeats itself', async () => {
    const subscribers = []
    for (let one = 0; one < 8; one++) subscribers.push(await shop.subscriber())
    shop.clock.set(morning('2027-02-07'))
    await Promise.all([
      ...[1, 2, 3].map(() => announceCharges(shop.deps)),
      ...subscribers.flatMap((of) => [4, 5].map((quantity) => setQuantity(shop.deps, asked(of), quantity))),
    ])
    for (const { id } of subscribers) {
      const told = (await upcoming(id)).map(({ amount }) => amount)
      const { subscription } = await shop.stored(id)
      expect(told.at(-1)).toBe(amountDue(subscription, Temporal.PlainDate.from('2027-02-09')))
      expect(told.filter((amount, index) => amount === told[index - 1])).toEqual([])
    }
  })

  it('is made once when several servers make it at the same time, however many there are', async () => {
    const subscribers = []
    for (let one = 0; one < 12; one++) subscribers.push(await shop.subscriber())
    shop.clock.set(morning('2027-02-07'))
    await Promise.all([1, 2, 3, 4].map(() => announceCharges(shop.deps)))
    for (const { id } of subscribers) expect(await upcoming(id)).toHaveLength(1)
    expect(await announceCharges(shop.deps)).toBe(0)
  })
})
