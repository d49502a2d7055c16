import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { needsSecondPerson } from '../rules/decision.ts'
import { type NewProposal, saveProposal } from '../store/proposal-store.ts'

/** Who confirmed, besides who wanted it. */
export interface Confirmed {
  by: string
  proposalId: string
}

/**
 * Lets go on what one person may decide alone, or a second one has confirmed; else keeps the wish for a second one.
 * @param inAll what is weighed, in won, when more than the wish counts
 * Refusals: second_person_required with facts `{ proposalId, expiresAt }`.
 */
export async function requireSecondPerson(
  deps: Pick<PaymentsDeps, 'db' | 'clock' | 'settings'>,
  wish: NewProposal,
  confirmed: Confirmed | undefined,
  inAll = wish.amount,
): Promise<Refused<'second_person_required'> | undefined> {
  if (confirmed || !needsSecondPerson(inAll, deps.settings.aloneUpTo)) return undefined
  return transact(deps.db, (tx) => keepWish(deps, tx, wish))
}

async function keepWish(
  deps: Pick<PaymentsDeps, 'clock'>,
  tx: Tx,
  wish: NewProposal,
): Promise<Refused<'second_person_required'>> {
  const now = deps.clock.now()
  const { proposal, isNew } = await saveProposal(tx, wish, now)
  if (isNew) {
    const { kind, subjectId, amount, terms, providerSaid, proposedBy } = wish
    await writeAudit(tx, now, {
      actorId: proposedBy,
      action: 'proposal.made',
      subject: { type: kind === 'decide_refund' ? 'refund' : 'payment', id: subjectId },
      after: { proposalId: proposal.id, kind, amount, terms, providerSaid },
    })
  }
  const facts = { proposalId: proposal.id, expiresAt: proposal.expires_at.toString() }
  return refused('second_person_required', { facts })
}
