import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { asked, DUE_DAY, openBilling } from '../billing.fixture.ts'
import { setMethod } from '../changes/change-method.ts'
import { createCyclePort } from '../charging/apply-outcome.ts'
import { noteRefusal } from '../store/refusals.ts'
import { WorkerLost } from './pool.ts'

const world = await openBilling({ leaseMs: 300 })
afterAll(() => world.drop())
beforeEach(() => world.reset())

/** What the cycles of the day's run have come to by now. */
async function reportNow() {
  const run = await world.billing.find(DUE_DAY)
  if (!run) throw new Error('no run')
  return world.billing.report(run)
}

describe('the report of a run', () => {
  test('says by reason what is declined, and adds up', async () => {
    await world.subscribe()
    await world.subscribe({ answers: ['insufficient', 'insufficient'], unitPrice: 20_000 })
    await world.subscribe({ answers: ['insufficient', 'card_lost'], unitPrice: 30_000 })
    await world.subscribe({ answers: ['card_lost'], quantity: 2 })
    await world.subscribe({ answers: ['token_dead'] })
    await world.subscribe({ withoutMethod: true })
    await world.subscribe({ answers: ['lost_before'] })
    await world.subscribe({ itemId: await world.addItem(0) })
    const { run } = await world.run()
    expect(run.report).toMatchObject({
      due: 8,
      handled: { count: 8 },
      charged: { count: 1, amount: 10_000 },
      declined: {
        retry: { count: 1, amount: 20_000 },
        newMethod: { count: 4, amount: 70_000 },
        byReason: [
          { class: 'final', code: 'card_lost', count: 2, amount: 50_000 },
          { class: 'retryable', code: 'insufficient', count: 1, amount: 20_000 },
          { class: 'token_dead', code: 'token_dead', count: 1, amount: 10_000 },
          { class: 'no_method', code: null, count: 1, amount: 10_000 },
        ],
      },
      refusals: [
        { class: 'retryable', code: 'insufficient', count: 3, amount: 70_000, paidAfterAll: 0 },
        { class: 'final', code: 'card_lost', count: 2, amount: 50_000, paidAfterAll: 0 },
        { class: 'token_dead', code: 'token_dead', count: 1, amount: 10_000, paidAfterAll: 0 },
      ],
      frozen: { unknownOutcome: { count: 1, amount: 10_000 } },
      skipped: { out_of_stock: 1 },
      left: 0,
    })
    // What is read anew says the same as what was kept with the run's end.
    expect(await reportNow()).toEqual(run.report)
  })

  test('shows what was refused and paid by the next try at once', async () => {
    await world.subscribe({ answers: ['insufficient', 'ok'] })
    const { run } = await world.run()
    expect(run.report).toMatchObject({
      charged: { count: 1 },
      declined: { retry: { count: 0 }, newMethod: { count: 0 }, byReason: [] },
      refusals: [{ class: 'retryable', code: 'insufficient', count: 1, amount: 10_000, paidAfterAll: 1 }],
    })
  })

  test('counts what is due whether it was handled or not', async () => {
    await world.subscribeMany(5)
    const part = await world.run(undefined, { limit: 2 })
    expect(part.run.report).toMatchObject({ due: 5, left: 3, charged: { count: 2 } })
    expect((await world.run()).run.report).toMatchObject({ due: 5, left: 0, charged: { count: 5 } })
  })

  test('keeps the reason while a cycle waits, and what it was refused for when it is lost', async () => {
    const lost = await world.subscribe({ answers: ['card_lost'] })
    await world.run()
    world.clock.advance({ hours: 72 })
    await world.billing.followUps()
    expect((await world.cycles(lost.id)).at(-1)?.cycle.state).toBe('failed')
    expect(await reportNow()).toMatchObject({
      declined: { byReason: [] },
      failed: { no_new_method: { count: 1, amount: 10_000 } },
      refusals: [{ code: 'card_lost', count: 1, paidAfterAll: 0 }],
    })
  })

  test('a later try brings the money: refused before, paid after all', async () => {
    const sub = await world.subscribe({ answers: ['token_dead'] })
    await world.run()
    const fresh = await world.addMethod(sub.customerId)
    await setMethod(world.deps, asked(sub), fresh.methodId)
    await world.billing.followUps()
    expect(await reportNow()).toMatchObject({
      charged: { count: 1 },
      declined: { newMethod: { count: 0 }, byReason: [] },
      refusals: [{ class: 'token_dead', code: 'token_dead', count: 1, paidAfterAll: 1 }],
    })
  })

  test('counts a refusal in the run that met with it, and no other', async () => {
    await world.subscribe({ answers: Array(5).fill('insufficient') })
    const first = await world.run()
    expect(first.run.report?.refusals).toMatchObject([{ count: 2 }])
    world.clock.advance({ hours: 24 })
    const second = await world.run()
    expect(second.run.report?.refusals).toMatchObject([{ count: 1 }])
    expect((await world.billing.report(first.run)).refusals).toMatchObject([{ count: 2 }])
  })

  test('of a cancelled subscription still tells that the bank refused', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'ok'] })
    world.bank.state.before = async () => {
      await world.cancel(sub)
    }
    const { run } = await world.run()
    expect(run.report).toMatchObject({
      charged: { count: 0 },
      refusals: [{ code: 'insufficient', count: 1 }],
    })
  })

  test('names declined cycles of earlier days, whose reason nobody wrote down', async () => {
    await world.subscribe({ answers: ['card_lost'] })
    await world.run()
    await sql`delete from subscriptions.charge_refusal`.execute(world.db)
    expect((await reportNow()).declined.byReason).toEqual([
      { class: 'not_recorded', code: null, count: 1, amount: 10_000 },
    ])
  })

  test('kept before reasons were counted is still readable', async () => {
    await world.subscribeMany(2)
    const { run } = await world.run()
    await sql`
      update subscriptions.billing_run
      set report = (report - 'refusals' - 'due') #- '{declined,byReason}' where id = ${run.id}`.execute(
      world.db,
    )
    expect((await world.billing.find(DUE_DAY))?.report).toEqual(run.report)
  })
})

describe('a refusal', () => {
  const count = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from subscriptions.charge_refusal`.execute(world.db)
    return rows[0]?.count
  }

  test('that is told twice counts once', async () => {
    const sub = await world.subscribe({ answers: ['card_lost'] })
    await world.run()
    const record = (await world.cycles(sub.id)).at(-1)
    if (record?.cycle.state !== 'declined' || record.cycle.attemptId === null) throw new Error('not declined')
    const { attemptId, orderId } = record.cycle
    const news = { attemptId, orderId, subscriptionId: sub.id, cycleNo: record.no, at: world.clock.now() }
    const outcome = { kind: 'declined', class: 'final', code: 'card_lost' } as const
    await transact(world.db, (tx) =>
      createCyclePort(world.deps).ended(tx, { ...news, origin: 'token', outcome }),
    )
    await transact(world.db, (tx) => noteRefusal(tx, { ...news, class: 'retryable', code: 'another' }))
    expect(await count()).toBe(1)
    expect((await reportNow()).declined.byReason).toMatchObject([{ code: 'card_lost', count: 1 }])
  })

  test('of another attempt, or of one that is not known, is not counted', async () => {
    const sub = await world.subscribe({ answers: ['card_lost'] })
    await world.run()
    const record = (await world.cycles(sub.id)).at(-1)
    const news = {
      attemptId: newId(),
      orderId: newId(),
      subscriptionId: sub.id,
      cycleNo: record?.no ?? 0,
      at: world.clock.now(),
    }
    const outcome = { kind: 'declined', class: 'final', code: 'card_lost' } as const
    await transact(world.db, (tx) =>
      createCyclePort(world.deps).ended(tx, { ...news, origin: 'token', outcome }),
    )
    expect(await count()).toBe(1)
  })

  test('is not lost with the worker that met with it', async () => {
    await world.subscribe({ answers: ['insufficient', 'ok'] })
    const dying = {
      ...world.deps,
      at: (moment: string) => {
        if (moment === 'sent') throw new WorkerLost('died after the refusal')
      },
    }
    await expect(world.run(undefined, {}, dying)).rejects.toThrow('died')
    expect(await count()).toBe(1)
    world.clock.advance({ minutes: 3 })
    await world.freeClaims()
    const { run } = await world.run()
    expect(run.report).toMatchObject({
      charged: { count: 1 },
      refusals: [{ code: 'insufficient', count: 1, paidAfterAll: 1 }],
    })
  })
})
