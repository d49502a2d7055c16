import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause, setQuantity, skip } from './commands.ts'
import { openShop, type Shop, START } from './subscriptions.fixture.ts'
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
    const first = { subscriptionId: of.id, customerId, itemId, cycleNo: 2, due: '2027-02-09', amount: 20_000 }
    expect(await upcoming(of.id)).toEqual([first])
    shop.clock.set(morning('2027-02-09'))
    await shop.settle(of.id, await shop.charge(of.id), 'paid')
    await setQuantity(shop.deps, asked(of), 3)
    await announce('2027-03-08')
    expect(await upcoming(of.id)).toEqual([
      first,
      { ...first, cycleNo: 3, due: '2027-03-11', amount: 30_000 },
    ])
    expect((await shop.events(of.id)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5])
  })

  it('is made up for after days on which nobody made it, as long as the charge is ahead', async () => {
    const [late, missed] = [await shop.subscriber(), await shop.subscriber()]
    await skip(shop.deps, asked(missed), Temporal.PlainDate.from('2027-02-09'))
    await announce('2027-02-09')
    expect(await upcoming(late.id)).toMatchObject([{ due: '2027-02-09' }])
    await announce('2027-03-12')
    expect(await upcoming(missed.id)).toEqual([])
  })

  it('is not made for what is skipped, paused, cancelled or still being settled', async () => {
    const of = await shop.subscriber()
    await pause(shop.deps, asked(of), null)
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

  it('is made once when several servers make it at the same time, however many there are', async () => {
    const subscribers = []
    for (let one = 0; one < 12; one++) subscribers.push(await shop.subscriber())
    shop.clock.set(morning('2027-02-07'))
    await Promise.all([1, 2, 3, 4].map(() => announceCharges(shop.deps)))
    for (const { id } of subscribers) expect(await upcoming(id)).toHaveLength(1)
    expect(await announceCharges(shop.deps)).toBe(0)
  })
})
