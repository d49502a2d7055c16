import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { actor, paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { decideRefund } from '../recovery/decide-refund.ts'
import { decideUnknown } from '../recovery/decide-unknown.ts'
import { openProposals, saveProposal } from '../store/proposal-store.ts'
import { scriptedProvider, timeout } from '../testing-provider.ts'
import { refundOrder } from './refund-order.ts'
import { confirmProposal, rejectProposal } from './settle-proposal.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const TOTAL = 21_000
const [FIRST, SECOND] = [newId(), newId()]

/** A shop in which nobody gives this much back alone. */
function shop() {
  const played = scriptedProvider('kakaopay')
  const deps = world.depsWith(played.provider)
  deps.settings = { ...deps.settings, aloneUpTo: won(TOTAL - 1) }
  return { ...played, ...shopOf(world, deps) }
}

/** An operator wants to give a payment back. */
async function proposed() {
  const here = shop()
  const { attempt } = await here.paid(TOTAL)
  const asked = await here.refund(attempt, actor(FIRST, 'merchant'))
  if (!('kind' in asked)) throw new Error('not refused')
  const proposalId = String(asked.facts?.proposalId)
  const confirm = (operatorId: string) => confirmProposal(here.deps, { proposalId, operatorId })
  return { ...here, attempt, asked, proposalId, confirm }
}

describe('giving much money back', () => {
  it('takes a second person, and then happens once', async () => {
    const { deps, attempt, asked, proposalId, confirm, read, refund, work } = await proposed()
    expect(asked).toMatchObject({ code: 'second_person_required', facts: { expiresAt: expect.any(String) } })
    expect((await read(attempt.id)).refunds).toEqual([])
    // Asking again keeps one proposal.
    const again = await refund(attempt, actor(FIRST, 'merchant'))
    expect(again).toMatchObject({ facts: { proposalId } })
    const open = await openProposals(deps.db, deps.clock.now(), 100)
    expect(open.filter(({ subject_id }) => subject_id === attempt.id)).toMatchObject([
      { id: proposalId, proposed_by: FIRST, amount: TOTAL },
    ])
    expect(await confirm(FIRST)).toMatchObject({ code: 'second_person_is_first' })
    // Not even an operator, when the money is their own.
    expect(await confirm(attempt.owner_id)).toMatchObject({ code: 'second_person_is_customer' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(newId())))
    expect(answers.filter(({ kind }) => kind === 'confirmed')).toHaveLength(1)
    expect(answers.filter((one) => one.kind === 'refused' && one.code === 'proposal_ended')).toHaveLength(7)
    await work()
    expect((await read(attempt.id)).refunds).toMatchObject([
      { amount: TOTAL, state: 'succeeded', requested_by: FIRST },
    ])
    const notes = await readAudit(deps.db, { subjectType: 'payment', subjectId: attempt.id, limit: 10 })
    expect(notes.map(({ action }) => action)).toEqual([
      'refund.requested',
      'proposal.confirmed',
      'proposal.made',
    ])
    expect(notes[0]).toMatchObject({ actor_id: FIRST, after: { amount: TOTAL } })
    expect(notes.at(-1)).toMatchObject({ actor_id: FIRST, after: { amount: TOTAL } })
  })

  it('waits some days for the second person, and is then proposed anew', async () => {
    const { attempt, confirm, refund, proposalId, read } = await proposed()
    world.clock.advance({ hours: 72 })
    expect(await confirm(SECOND)).toMatchObject({ code: 'proposal_ended' })
    const again = await refund(attempt, actor(FIRST, 'merchant'))
    expect(again).toMatchObject({ code: 'second_person_required' })
    expect('facts' in again && again.facts?.proposalId).not.toBe(proposalId)
    expect((await read(attempt.id)).refunds).toEqual([])
  })

  it('is over once somebody said no', async () => {
    const { deps, proposalId, confirm } = await proposed()
    expect(await rejectProposal(deps, { proposalId, operatorId: SECOND })).toMatchObject({ kind: 'rejected' })
    expect(await confirm(newId())).toMatchObject({ code: 'proposal_ended' })
    expect(await rejectProposal(deps, { proposalId, operatorId: SECOND })).toMatchObject({
      code: 'proposal_ended',
    })
    const nobodys = { proposalId: newId(), operatorId: SECOND }
    expect(await rejectProposal(deps, nobodys)).toMatchObject({ code: 'not_found' })
    expect(await confirmProposal(deps, nobodys)).toMatchObject({ code: 'not_found' })
  })

  it('needs nobody else for little money, nor for one’s own', async () => {
    const { paid, refund } = shop()
    const little = await paid(TOTAL - 1)
    expect(await refund(little.attempt, actor(FIRST, 'merchant'))).not.toHaveProperty('code')
    const own = await paid(TOTAL)
    expect(await refund(own.attempt)).not.toHaveProperty('code')
  })

  /** An operator gives back a part; the money moves. */
  const givePart = async ({ deps, work }: ReturnType<typeof shop>, orderId: string, amount: number) => {
    const part = { amount: won(amount), taxFree: won(0) }
    const wish = { orderId, part, reason: 'x', requestedBy: FIRST, byOperator: true }
    const asked = await transact(world.db, (tx) => refundOrder(deps, tx, wish))
    expect(asked.kind).toBe('requested')
    expect(await work()).toBe(1)
  }

  it('counts what went back in parts together with the rest', async () => {
    const here = shop()
    const { attempt, order } = await here.paid(TOTAL)
    await givePart(here, order.id, 12_000)
    const asked = await here.refund(attempt, actor(FIRST, 'merchant'))
    expect(asked).toMatchObject({ code: 'second_person_required' })
    const open = await openProposals(here.deps.db, here.deps.clock.now(), 100)
    expect(open.find(({ subject_id }) => subject_id === attempt.id)).toMatchObject({ amount: TOTAL - 12_000 })
  })

  it('gives back what was confirmed, and nothing when another amount is left', async () => {
    const here = await proposed()
    await givePart(here, here.attempt.order_id, 5_000)
    expect(await here.confirm(SECOND)).toMatchObject({ code: 'proposal_outdated' })
    expect((await here.read(here.attempt.id)).refunds).toMatchObject([{ amount: 5_000 }])
    const again = await here.refund(here.attempt, actor(FIRST, 'merchant'))
    const proposalId = 'facts' in again ? String(again.facts?.proposalId) : ''
    expect(await confirmProposal(here.deps, { proposalId, operatorId: SECOND })).toMatchObject({
      kind: 'confirmed',
      proposal: { amount: TOTAL - 5_000 },
    })
  })

  it('makes operators customers of their own orders, and writes down what they do with others’', async () => {
    const { deps, paid, refund } = shop()
    const notesOf = (subjectId: string) =>
      readAudit(deps.db, { subjectType: 'payment', subjectId, limit: 10 })
    const sent = await paid(TOTAL)
    await sql`update testing.purchase set shipped = true where id = ${sent.order.id}`.execute(world.db)
    for (const role of ['merchant', 'admin'] as const)
      expect(await refund(sent.attempt, actor(sent.order.owner, role))).toMatchObject({
        code: 'order_not_refundable',
      })
    expect(await notesOf(sent.attempt.id)).toEqual([])
    const others = await paid(TOTAL - 1)
    await sql`update testing.purchase set shipped = true where id = ${others.order.id}`.execute(world.db)
    expect(await refund(others.attempt, actor(FIRST, 'merchant'))).not.toHaveProperty('code')
    expect(await notesOf(others.attempt.id)).toMatchObject([
      {
        actor_id: FIRST,
        action: 'refund.requested',
        reason: '단순 변심',
        after: { refundId: expect.any(String) },
      },
    ])
  })

  it('is kept for a second person, however many one connection has kept before', async () => {
    const wish = { kind: 'refund', amount: won(TOTAL), terms: { reason: 'x' }, providerSaid: null } as const
    const kept = await transact(world.db, async (tx) => {
      const all: boolean[] = []
      for (let n = 0; n < 8; n++) {
        const one = { ...wish, subjectId: newId(), proposedBy: FIRST }
        all.push((await saveProposal(tx, one, world.clock.now())).isNew)
      }
      return all
    })
    expect(kept).toEqual(Array.from({ length: 8 }, () => true))
  })

  it('is guarded by the database, whatever the code does', async () => {
    const { proposalId } = await proposed()
    const end = (by: string, at: Temporal.Instant) =>
      sql`update payments.proposal set state = 'confirmed', ended_by = ${by}, ended_at = ${at}
          where id = ${proposalId}`.execute(world.db)
    const now = world.clock.now()
    await expect(end(FIRST, now)).rejects.toThrow('proposal_second_person')
    await expect(end(SECOND, now.add({ hours: 72 }))).rejects.toThrow('proposal_in_time')
    await expect(
      sql`update payments.proposal set proposed_by = ${newId()} where id = ${proposalId}`.execute(world.db),
    ).rejects.toThrow('is not to be changed')
    await end(SECOND, now)
    await expect(
      sql`update payments.proposal set state = 'open', ended_by = null, ended_at = null
          where id = ${proposalId}`.execute(world.db),
    ).rejects.toThrow('is not to be changed')
    await expect(
      sql`delete from payments.proposal where id = ${proposalId}`.execute(world.db),
    ).rejects.toThrow('proposals are kept')
  })
})

describe('deciding about a payment in doubt', () => {
  async function doubtful() {
    const here = shop()
    const placed = await here.place(TOTAL)
    here.script.complete.push({ answer: timeout })
    const attempt = await here.back(await here.begun(placed))
    if (!attempt) throw new Error('no attempt')
    const decide = () =>
      decideUnknown(here.deps, {
        attemptId: attempt.id,
        outcome: 'charged',
        evidence: 'partner center, row 7',
        operatorId: FIRST,
      })
    return { ...here, placed, attempt, decide }
  }

  it('takes a second person, and asks the provider again', async () => {
    const { deps, decide, state, attempt, order, placed, calls } = await doubtful()
    const asked = await decide()
    expect(asked).toMatchObject({ code: 'second_person_required' })
    expect(await state(attempt.id)).toBe('unknown')
    const proposalId = 'facts' in asked ? String(asked.facts?.proposalId) : ''
    const before = calls.filter((call) => call === 'lookup').length
    expect(await confirmProposal(deps, { proposalId, operatorId: SECOND })).toMatchObject({
      kind: 'confirmed',
      proposal: { state: 'confirmed', ended_by: SECOND, provider_said: 'yes' },
    })
    expect(calls.filter((call) => call === 'lookup').length).toBe(before + 1)
    expect(await state(attempt.id)).toBe('succeeded')
    expect((await order(placed.id)).state).toBe('paid')
  })

  it('comes to nothing when the provider has changed its mind', async () => {
    const { deps, decide, state, attempt, script } = await doubtful()
    const asked = await decide()
    const proposalId = 'facts' in asked ? String(asked.facts?.proposalId) : ''
    script.lookup.push({ kind: 'not_found' })
    expect(await confirmProposal(deps, { proposalId, operatorId: SECOND })).toMatchObject({
      code: 'provider_contradicts',
    })
    expect(await state(attempt.id)).toBe('unknown')
  })
})

describe('deciding about a refund in doubt', () => {
  it('takes a second person when it is one’s own, however little', async () => {
    const { deps, paid, refund, work, script, read } = shop()
    const { attempt } = await paid(1_000)
    script.refund.push({ answer: timeout })
    await refund(attempt)
    await work()
    const doubtful = async () => (await read(attempt.id)).refunds[0]
    const refundId = (await doubtful())?.id ?? ''
    expect(await doubtful()).toMatchObject({ state: 'unknown' })
    const decide = (operatorId: string) => {
      script.lookup.push({ kind: 'no_answer', reason: 'timeout' })
      return decideRefund(deps, { refundId, outcome: 'not_given', evidence: 'partner center', operatorId })
    }
    const asked = await decide(attempt.owner_id)
    expect(asked).toMatchObject({ code: 'second_person_required' })
    expect(await doubtful()).toMatchObject({ state: 'unknown' })
    const proposalId = 'facts' in asked ? String(asked.facts?.proposalId) : ''
    const own = { proposalId, operatorId: attempt.owner_id }
    expect(await confirmProposal(deps, own)).toMatchObject({ code: 'second_person_is_first' })
    // So little of somebody else's needs nobody else.
    expect(await decide(SECOND)).toMatchObject({ state: 'declined' })
  })
})
