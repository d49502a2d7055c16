import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../../platform/audit/audit.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import type { PaymentsDeps } from '../deps.ts'
import { actor, paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { decideUnknown } from '../recovery/decide-unknown.ts'
import { countHandedBack, handedBack } from '../store/deed-store.ts'
import { readProposal } from '../store/proposal-store.ts'
import { scriptedProvider, timeout } from '../testing-provider.ts'
import { confirmProposal, perform, rejectProposal } from './settle-proposal.ts'
import { sweepDeeds } from './sweep-deeds.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const TOTAL = 21_000
const [FIRST, SECOND] = [newId(), newId()]

function shop() {
  const played = scriptedProvider('kakaopay')
  const deps = world.depsWith(played.provider)
  deps.settings = { ...deps.settings, aloneUpTo: won(TOTAL - 1) }
  const here = shopOf(world, deps)
  const doubtful = async () => {
    played.script.complete.push({ answer: timeout })
    const attempt = await here.back(await here.begun(await here.place(TOTAL)))
    if (!attempt) throw new Error('no attempt')
    return { attempt }
  }
  return { ...played, ...here, doubtful }
}

/** The process ends when the confirmation is committed, before anything is done. */
const dying = (deps: PaymentsDeps): PaymentsDeps => ({
  ...deps,
  payable: { ...deps.payable, lockForRefund: () => Promise.reject(new Error('killed')) },
  providers: new Map(),
})

/** The proposal, while operators are shown that it was handed back. */
const back = async (deps: PaymentsDeps, proposalId: string, now = deps.clock.now()) =>
  (await handedBack(deps.db, now, 100)).filter(({ id }) => id === proposalId)

async function confirmedAndDead() {
  const here = shop()
  const { attempt, order } = await here.paid(TOTAL)
  const asked = await here.refund(attempt, actor(FIRST, 'merchant'))
  const proposalId = 'facts' in asked ? String(asked.facts?.proposalId) : ''
  await expect(confirmProposal(dying(here.deps), { proposalId, operatorId: SECOND })).rejects.toThrow(
    'killed',
  )
  return { ...here, attempt, order, proposalId }
}

const actionsOn = async (deps: PaymentsDeps, subjectId: string) =>
  (await readAudit(deps.db, { subjectType: 'payment', subjectId, limit: 20 })).map(({ action }) => action)

describe('a confirmed proposal whose process died before it was done', () => {
  it('is done by the processes that are left, once, when the time of the dead one is over', async () => {
    const { deps, attempt, proposalId, read, work } = await confirmedAndDead()
    await sweepDeeds(deps)
    expect((await read(attempt.id)).refunds).toEqual([])
    world.clock.advance({ seconds: 61 })
    await Promise.all(Array.from({ length: 6 }, () => sweepDeeds(deps)))
    await work()
    expect((await read(attempt.id)).refunds).toMatchObject([
      { amount: TOTAL, state: 'succeeded', requested_by: FIRST },
    ])
    world.clock.advance({ hours: 1 })
    await sweepDeeds(deps)
    expect(await work()).toBe(0)
    expect((await read(attempt.id)).refunds).toHaveLength(1)
    expect(await actionsOn(deps, attempt.id)).toEqual([
      'proposal.carried_out',
      'refund.requested',
      'proposal.confirmed',
      'proposal.made',
    ])
    // Nobody can confirm it again.
    expect(await confirmProposal(deps, { proposalId, operatorId: newId() })).toMatchObject({
      code: 'proposal_ended',
    })
    expect(await back(deps, proposalId)).toEqual([])
  })

  it('is done once, also when the one that seemed dead was only slow', async () => {
    const { deps, attempt, proposalId, read, work } = await confirmedAndDead()
    const proposal = await readProposal(deps.db, proposalId)
    if (!proposal) throw new Error('no proposal')
    world.clock.advance({ minutes: 2 })
    const slow = Array.from({ length: 4 }, () => perform(deps, proposal, SECOND))
    await Promise.allSettled([...slow, sweepDeeds(deps), sweepDeeds(deps)])
    await work()
    // The key of the refund is forgotten after some days; what was confirmed is not.
    await sql`delete from platform.idempotency_key`.execute(world.db)
    expect(await perform(deps, proposal, SECOND)).toMatchObject({ code: 'proposal_ended' })
    expect((await read(attempt.id)).refunds).toMatchObject([{ amount: TOTAL, state: 'succeeded' }])
    expect(await back(deps, proposalId)).toEqual([])
  })

  it('is handed back, for operators to see, when something stands against it by now', async () => {
    const { deps, attempt, order, proposalId, read } = await confirmedAndDead()
    await sql`update testing.purchase set state = 'closed' where id = ${order.id}`.execute(world.db)
    world.clock.advance({ minutes: 2 })
    await sweepDeeds(deps)
    expect((await read(attempt.id)).refunds).toEqual([])
    expect(await back(deps, proposalId)).toMatchObject([
      { id: proposalId, state: 'confirmed', outcome: 'order_not_refundable' },
    ])
    expect((await actionsOn(deps, attempt.id))[0]).toBe('proposal.handed_back')
    world.clock.advance({ hours: 24 * 29 })
    expect(await back(deps, proposalId)).toHaveLength(1)
    expect(await back(deps, proposalId, deps.clock.now().add({ hours: 24 * 2 }))).toEqual([])
    const anew = {
      id: newId(),
      proposed_at: deps.clock.now().toString(),
      expires_at: deps.clock.now().add({ hours: 1 }).toString(),
      state: 'open',
      ended_by: null,
      ended_at: null,
    }
    await sql`
      insert into payments.proposal
      select (jsonb_populate_record(p, ${JSON.stringify(anew)}::jsonb)).* from payments.proposal p
      where id = ${proposalId}`.execute(deps.db)
    expect(await back(deps, proposalId)).toEqual([])
  })

  it('stays counted until it is proposed anew, or somebody says that it is not wanted any more', async () => {
    const { deps, attempt, order, proposalId } = await confirmedAndDead()
    await sql`update testing.purchase set state = 'closed' where id = ${order.id}`.execute(world.db)
    const before = await countHandedBack(deps.db, deps.clock.now())
    world.clock.advance({ minutes: 2 })
    await sweepDeeds(deps)
    expect(await countHandedBack(deps.db, deps.clock.now())).toBe(before + 1)
    const operatorId = newId()
    const said = await Promise.all([1, 2, 3].map(() => rejectProposal(deps, { proposalId, operatorId })))
    expect(said.map(({ kind }) => kind).sort()).toEqual(['refused', 'refused', 'rejected'])
    expect(await countHandedBack(deps.db, deps.clock.now())).toBe(before)
    expect(await back(deps, proposalId)).toEqual([])
    expect((await actionsOn(deps, attempt.id))[0]).toBe('proposal.dismissed')
  })

  it('is tried again after what failed, and handed back when that goes on', async () => {
    const { deps, attempt, read, proposalId } = await confirmedAndDead()
    for (let tries = 2; tries <= 10; tries += 1) {
      expect(await back(deps, proposalId)).toEqual([])
      world.clock.advance({ minutes: 2 })
      await sweepDeeds(dying(deps))
    }
    expect(await back(deps, proposalId)).toMatchObject([{ outcome: 'failed' }])
    expect((await read(attempt.id)).refunds).toEqual([])
    world.clock.advance({ hours: 24 * 8 })
  })

  it('decides a payment in doubt, leaves one that was decided so meanwhile, and hands back one decided otherwise', async () => {
    for (const decided of [undefined, 'charged', 'not_charged'] as const) {
      const here = shop()
      const { attempt } = await here.doubtful()
      const decision = {
        attemptId: attempt.id,
        outcome: 'charged' as const,
        evidence: 'seen',
        operatorId: FIRST,
      }
      const asked = await decideUnknown(here.deps, decision)
      const proposalId = 'facts' in asked ? String(asked.facts?.proposalId) : ''
      await expect(confirmProposal(dying(here.deps), { proposalId, operatorId: SECOND })).rejects.toThrow()
      if (decided === 'charged')
        await decideUnknown(here.deps, { ...decision, confirmed: { by: SECOND, proposalId } })
      if (decided === 'not_charged')
        await sql`update payments.attempt set state = 'declined', next_look_at = null where id = ${attempt.id}`.execute(
          here.deps.db,
        )
      world.clock.advance({ minutes: 2 })
      await sweepDeeds(here.deps)
      const isOtherwise = decided === 'not_charged'
      expect((await here.state(attempt.id)) === 'succeeded').toBe(!isOtherwise)
      expect(await back(here.deps, proposalId)).toHaveLength(isOtherwise ? 1 : 0)
      expect((await actionsOn(here.deps, attempt.id))[0]).toBe(
        isOtherwise ? 'proposal.handed_back' : 'proposal.carried_out',
      )
    }
  })
})
