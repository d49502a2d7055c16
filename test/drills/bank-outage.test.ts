/**
 * The bank is away for a while, and everything that was under way meanwhile is settled soon after it is back: the time
 * it takes is bounded, whatever the length of the outage. `npm run drill:outage` with `DRILL_OUTAGE_SECONDS`; without it
 * the test is skipped, because it mostly waits.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Books, openBooks } from '../support/books.ts'
import { execute } from '../support/database.ts'
import { colleague, crowd, type Person } from '../support/people.ts'
import {
  beginPayment,
  buy,
  changeItem,
  placeOrder,
  readPayment,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

const wanted = process.env.DRILL_OUTAGE_SECONDS
const OUTAGE_MS = Number(wanted ?? '0') * 1_000
/** Nothing stays open for longer than this once the bank is back. */
const SETTLED_WITHIN_MS = 120_000
const PAYING = 12
const GIVING_BACK = 6

let system: System
let books: Books
let people: Person[]
let itemId: string
beforeAll(async () => {
  if (wanted === undefined) return
  // The waits between look-ups are those of production.
  system = await startSystem({ settings: { PAYMENT_TIMEOUT_MS: '1000', PAYMENT_SETTLE_SECONDS: '1' } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 1_000)
  books = await openBooks(system)
  people = await crowd(system, PAYING + GIVING_BACK)
})
afterAll(() => system?.stop())

const open = async () =>
  execute(
    system.databaseUrl,
    `select 'payment ' || state as what, looks, next_look_at::text as next from payments.attempt
       where state in ('authorised', 'sent', 'unknown')
     union all select 'refund ' || state, looks, next_look_at::text from payments.refund
       where state in ('requested', 'sent', 'unknown')`,
  )

test.skipIf(wanted === undefined)(
  'after an outage of the bank all is settled within two minutes, to the truth',
  async () => {
    const [paying, givingBack] = [people.slice(0, PAYING), people.slice(PAYING)]
    const bought = await Promise.all(givingBack.map((person) => buy(system, person, itemId)))
    const begun = await Promise.all(
      paying.map(async (person) => beginPayment(person, (await placeOrder(person, itemId)).id)),
    )
    const backs = await Promise.all(begun.map(({ redirectUrl }) => system.bank.press(redirectUrl, 'approve')))
    // Half of them are charged, and the answer is lost on its way.
    await system.bank.faults({
      match: { operation: 'approve' },
      effect: { kind: 'latency', distribution: 'fixed', ms: 2_000, at: 'after' },
    })
    await Promise.all(backs.slice(0, PAYING / 2).map((back) => system.api().get(back ?? '')))
    await system.bank.offline()
    const goneAt = performance.now()
    await Promise.all(backs.slice(PAYING / 2).map((back) => system.api().get(back ?? '')))
    for (const [place, { order }] of bought.entries())
      expect((await givingBack[place]?.api.post(`/api/orders/${order.id}/cancel`))?.status).toBeLessThan(300)
    expect((await open()).length).toBeGreaterThan(0)
    await until(() => performance.now() - goneAt > OUTAGE_MS, {
      what: 'the outage to pass',
      deadlineMs: OUTAGE_MS + 10_000,
      everyMs: 500,
    })
    await system.bank.heal()
    const healedAt = performance.now()
    // Who was told to come back does; that is what their pages do by themselves.
    await until(
      async () => {
        await Promise.all(backs.map((back) => system.api().get(back ?? '')))
        return (await open()).length === 0
      },
      { what: 'everything to be settled', deadlineMs: SETTLED_WITHIN_MS, everyMs: 1_000 },
    ).catch(async (error: unknown) => {
      throw new Error(`still open: ${JSON.stringify(await open())}`, { cause: error })
    })
    console.log(
      `outage of ${Math.round(OUTAGE_MS / 1_000)} s: settled ${((performance.now() - healedAt) / 1_000).toFixed(1)} s after its end`,
    )
    for (const [place, { id }] of begun.entries()) {
      const person = paying[place]
      if (person) expect((await readPayment(person, id)).state).toBe('paid')
    }
    expect((await system.bank.journal('?kind=refund')).length).toBe(GIVING_BACK)
    expect(await books.disagreements()).toEqual([])
  },
  OUTAGE_MS + SETTLED_WITHIN_MS + 120_000,
)
