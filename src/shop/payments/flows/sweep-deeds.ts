import { writeAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import type { PaymentsDeps } from '../deps.ts'
import { eachDue } from '../recovery/each-due.ts'
import { claimDeeds, closeDeed, type DueDeed } from '../store/deed-store.ts'
import { endedAsDecided, perform, subjectOf } from './settle-proposal.ts'

/** What fails so often will not come right by itself: people are told. */
const MOST_TRIES = 10

/** Somebody has decided it, most likely the process that died: nothing is left to be done. */
const SETTLED: ReadonlySet<string> = new Set(['payment_settled', 'refund_settled', 'proposal_ended'])

/**
 * Does what a second person has confirmed and what was not done, because the process died in between or something
 * failed. What stands against it by now is handed back to the operators. Any number of processes may run it.
 */
export async function sweepDeeds(deps: PaymentsDeps, limit = 20): Promise<void> {
  await eachDue(deps, await claimDeeds(deps.db, deps.clock.now(), limit), (deed) => carryOut(deps, deed))
}

async function carryOut(deps: PaymentsDeps, deed: DueDeed): Promise<void> {
  const { proposal, tries } = deed
  // Tried so often, it may be what ends the processes that try it.
  if (tries > MOST_TRIES) return close(deps, deed, 'failed')
  try {
    const result = await perform(deps, proposal, proposal.ended_by ?? 'system')
    await close(deps, deed, 'kind' in result && result.kind === 'refused' ? result.code : 'done')
  } catch (error) {
    if (tries >= MOST_TRIES) await close(deps, deed, 'failed')
    throw error
  }
}

async function close(deps: PaymentsDeps, { id, proposal, tries }: DueDeed, outcome: string): Promise<void> {
  const { kind } = proposal
  const at = deps.clock.now()
  const handedBack = await transact(deps.db, async (tx) => {
    const back = outcome !== 'done' && !(SETTLED.has(outcome) && (await endedAsDecided(tx, proposal)))
    // A refund that was made has closed it with itself; else another process was quicker, and has written it down.
    if (!(await closeDeed(tx, id, { outcome, handedBack: back, at })) && outcome !== 'done') return false
    await writeAudit(tx, at, {
      actorId: 'system',
      action: back ? 'proposal.handed_back' : 'proposal.carried_out',
      subject: subjectOf(proposal),
      after: { proposalId: id, kind, outcome, tries },
    })
    return back
  })
  deps.log.warn(
    { proposalId: id, kind, outcome, tries, handedBack },
    'a confirmed proposal was taken up later',
  )
}
