/**
 * Beside a process of the version before ADR 26, while an update goes from one to the other. It made attempts without
 * the right to ask for their page (`send_no` 0), took that in a second transaction, and kept what the browser brought
 * before it completed anything. Its writes are here as it made them.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { transact } from '../../platform/database/database.ts'
import { once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { won, ZERO_WON } from '../../platform/money.ts'
import { until } from '../../platform/resilience/poll-until.ts'
import { leaseUntil } from './deps.ts'
import { checkoutVisit } from './flows/checkout-visit.ts'
import { askForPage } from './flows/provider-page.ts'
import { paymentsWorld, shopOf, type World } from './payments.fixture.ts'
import { COMPLETED_BY_NOW, completeCheckout } from './sending/complete-checkout.ts'
import { type Attempt, createAttempt, moveAttempt, readAttempt } from './store/attempt-store.ts'
import { payments } from './store/tables.ts'
import { gate, scriptedProvider } from './testing-provider.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

type Placed = Awaited<ReturnType<ReturnType<typeof shopOf>['place']>>

function shop() {
  const played = scriptedProvider('kakaopay')
  const deps = world.depsWith(played.provider)
  return { ...played, ...shopOf(world, deps), older: olderProcess(deps) }
}

function olderProcess(deps: ReturnType<World['depsWith']>) {
  const { db, clock } = deps
  /** @returns the attempt, also when the key has its answer already */
  const make = async ({ id: orderId, owner }: Placed, key: string): Promise<Attempt> => {
    const body = { orderId, provider: 'kakaopay', device: 'pc' }
    const answer = await once(db, { scope: `payments:${owner}`, key, body }, clock.now(), async (tx) => {
      const values = {
        order_id: orderId,
        owner_id: owner,
        provider: 'kakaopay',
        origin: 'checkout',
        mode: 'pay',
        total: won(21_000),
        tax_free: ZERO_WON,
        item_name: '오메가3',
        quantity: 1,
        buyer_ref: owner,
        created_at: clock.now(),
        lease_until: leaseUntil(clock.now(), 5_000),
      } as const
      const { id } = await createAttempt(tx, values, { total: 21_000 })
      return { kind: 'answered', status: 201, body: { attemptId: id } }
    })
    const made = answer.kind === 'answered' && (await readAttempt(db, answer.body.attemptId))
    if (!made) throw new Error('there is no attempt')
    return made
  }
  const claim = ({ id }: Attempt): Promise<Attempt | undefined> =>
    payments(db)
      .updateTable('payments.attempt')
      .set({ send_no: 1, sent_at: clock.now(), updated_at: clock.now() })
      .where('id', '=', id)
      .where('state', '=', 'created')
      .where('send_no', '=', 0)
      .returningAll()
      .executeTakeFirst()
  const open = (claimed: Attempt) => askForPage(deps, checkoutVisit(deps), claimed, 'pc')
  const keepReturn = (attempt: Attempt, proof: Record<string, string>): Promise<Attempt | undefined> => {
    const changes = { proof, next_look_at: clock.now().add(COMPLETED_BY_NOW) }
    return transact(db, (tx) => moveAttempt(tx, attempt, 'authorised', clock.now(), changes, {}))
  }
  const back = async (attempt: Attempt, proof: Record<string, string>) => {
    const stored = (await keepReturn(attempt, proof)) ?? (await readAttempt(db, attempt.id))
    return stored?.state === 'authorised' ? completeCheckout(deps, stored) : stored
  }
  return { make, claim, open, keepReturn, back }
}

const PROOF = { pg_token: 't' }

it('a repeat at the newer process waits for the page the older one asks for, and it is paid once', async () => {
  const { place, begin, back, calls, charges, older } = shop()
  const [placed, key] = [await place(), newId()]
  const made = await older.make(placed, key)
  const repeat = begin(placed, key)
  const other = await begin(placed)
  expect(other).toMatchObject({ code: 'payment_in_progress' })
  const claimed = await older.claim(made)
  if (!claimed) throw new Error('somebody else took what the older process made')
  expect(claimed.send_no).toBe(1)
  await older.open(claimed)
  expect(await repeat).toMatchObject({ id: made.id, state: 'awaiting_customer' })
  expect(calls).toEqual(['begin'])
  expect((await back(made))?.state).toBe('succeeded')
  expect(charges).toEqual([made.id])
})

it.each([0, 1])(
  'what the older process left at number %i ends, and the next try is paid once',
  async (no) => {
    const { place, begin, begun, back, pass, state, charges, order, older } = shop()
    const placed = await place()
    const left = await older.make(placed, newId())
    if (no === 1) expect(await older.claim(left)).toMatchObject({ send_no: 1 })
    expect(await begin(placed)).toMatchObject({ code: 'payment_in_progress' })
    await pass({ seconds: 30 })
    expect(await state(left.id)).toBe('failed')
    // It lives after all, and only was slow: it is told, and asks for nothing.
    expect(await older.claim(left)).toBeUndefined()
    const next = await begun(placed)
    expect((await back(next))?.state).toBe('succeeded')
    expect(charges).toEqual([next.id])
    expect(await order(placed.id)).toMatchObject({ state: 'paid', paid_by: next.id })
  },
)

it('a repeat at the older process does not ask for the page of what the newer one has made', async () => {
  const { place, begin, back, calls, charges, script, older } = shop()
  const [placed, key] = [await place(), newId()]
  const held = gate()
  script.begin.push({ answerAfter: held.opened })
  const begun = begin(placed, key)
  await until(() => calls.length === 1, { deadlineMs: 5_000, what: 'the call for the page' })
  const found = await older.make(placed, key)
  expect(found).toMatchObject({ state: 'created', send_no: 1 })
  expect(await older.claim(found)).toBeUndefined()
  held.open()
  expect(await begun).toMatchObject({ id: found.id, state: 'awaiting_customer' })
  expect(calls).toEqual(['begin'])
  expect((await back(found))?.state).toBe('succeeded')
  expect(charges).toEqual([found.id])
})

it('a return that the older process kept and left is completed by the newer one, once', async () => {
  const { place, begun, pass, back, state, charges, older } = shop()
  const [swept, reloaded] = [await begun(await place()), await begun(await place())]
  for (const attempt of [swept, reloaded]) expect(await older.keepReturn(attempt, PROOF)).toBeDefined()
  expect((await back(reloaded))?.state).toBe('succeeded')
  await pass({ seconds: 6 })
  expect([await state(swept.id), await state(reloaded.id)]).toEqual(['succeeded', 'succeeded'])
  expect(charges.toSorted()).toEqual([swept.id, reloaded.id].toSorted())
})

it('a customer who comes back to both at once pays once', async () => {
  for (let round = 0; round < 15; round++) {
    const { place, begun, back, pass, state, charges, older } = shop()
    const attempt = await begun(await place())
    await Promise.all([older.back(attempt, PROOF), back(attempt), older.back(attempt, PROOF), back(attempt)])
    await pass({ seconds: 6 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
  }
})
