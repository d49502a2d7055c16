import Type from 'typebox'
import { Value } from 'typebox/value'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { won } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { decideRefund } from '../recovery/decide-refund.ts'
import { decideUnknown } from '../recovery/decide-unknown.ts'
import { readAttempt } from '../store/attempt-store.ts'
import { closeDeed, dismissDeed } from '../store/deed-store.ts'
import { endProposal, type ProposalRow, readProposal } from '../store/proposal-store.ts'
import { readRefund } from '../store/refund-store.ts'
import { refundPayment } from './refund-payment.ts'

const optionalText = Type.Optional(Type.String())
const PaymentTerms = Type.Object({
  outcome: Type.Enum(['charged', 'not_charged']),
  evidence: Type.String(),
  providerRef: optionalText,
})
const RefundTerms = Type.Object({
  outcome: Type.Enum(['given', 'not_given']),
  evidence: Type.String(),
  providerRefundId: optionalText,
})
const GiveBackTerms = Type.Object({ reason: Type.String() })

/**
 * A second person confirms what a first one proposed, and it is done: by the same use case, which asks the provider
 * once more. The confirmation is used up by it, whatever comes of it. When this process dies in between, it is done by
 * `sweepDeeds`.
 * Refusals: not_found, second_person_is_first, second_person_is_customer (the money is their own), proposal_ended, and
 * those of the use case.
 */
export async function confirmProposal(
  deps: PaymentsDeps,
  { proposalId, operatorId }: { proposalId: string; operatorId: string },
): Promise<
  | { kind: 'confirmed'; proposal: ProposalRow }
  | RefusedBy<typeof perform>
  | Refused<'second_person_is_first' | 'second_person_is_customer' | 'proposal_ended'>
> {
  const proposal = await readProposal(deps.db, proposalId)
  if (!proposal) return refused('not_found')
  if (proposal.proposed_by === operatorId) return refused('second_person_is_first')
  if ((await customerOf(deps, proposal)) === operatorId) return refused('second_person_is_customer')
  const ended = await end(deps, proposal, { state: 'confirmed', by: operatorId })
  if (!ended) return refused('proposal_ended')
  const result = await perform(deps, proposal, operatorId)
  const no = 'kind' in result && result.kind === 'refused' ? result : undefined
  const deed = { outcome: no?.code ?? 'done', handedBack: false, at: deps.clock.now() }
  await transact(deps.db, (tx) => closeDeed(tx, proposalId, deed))
  if (no) return no
  return { kind: 'confirmed', proposal: (await readProposal(deps.db, proposalId)) ?? proposal }
}

/** Whose money it is about. */
function customerOf({ db }: PaymentsDeps, { kind, subject_id }: ProposalRow): Promise<string | undefined> {
  return transact(db, async (tx) => {
    const attemptId = kind === 'decide_refund' ? (await readRefund(tx, subject_id))?.attempt_id : subject_id
    return attemptId === undefined ? undefined : (await readAttempt(tx, attemptId))?.owner_id
  })
}

/**
 * Whoever may confirm may say no; so may who proposed it. Of what was confirmed and handed back it says that it is not
 * wanted any more.
 */
export async function rejectProposal(
  deps: PaymentsDeps,
  { proposalId, operatorId }: { proposalId: string; operatorId: string },
): Promise<{ kind: 'rejected'; proposal: ProposalRow } | Refused<'not_found' | 'proposal_ended'>> {
  const proposal = await readProposal(deps.db, proposalId)
  if (!proposal) return refused('not_found')
  const isOver =
    (await end(deps, proposal, { state: 'rejected', by: operatorId })) ||
    (await dismiss(deps, proposal, operatorId))
  if (!isOver) return refused('proposal_ended')
  return { kind: 'rejected', proposal: (await readProposal(deps.db, proposalId)) ?? proposal }
}

function dismiss({ db, clock }: PaymentsDeps, proposal: ProposalRow, by: string): Promise<boolean> {
  return transact(db, async (tx) => {
    if (!(await dismissDeed(tx, proposal.id))) return false
    await writeAudit(tx, clock.now(), {
      actorId: by,
      action: 'proposal.dismissed',
      subject: subjectOf(proposal),
      after: { proposalId: proposal.id, kind: proposal.kind, amount: proposal.amount },
    })
    return true
  })
}

/** What a proposal is about, as the audit names it. */
export function subjectOf({ kind, subject_id: id }: Pick<ProposalRow, 'kind' | 'subject_id'>) {
  return { type: kind === 'decide_refund' ? 'refund' : 'payment', id } as const
}

function end(
  { db, clock }: PaymentsDeps,
  { id, kind, subject_id, amount, proposed_by }: ProposalRow,
  { state, by }: { state: 'confirmed' | 'rejected'; by: string },
): Promise<boolean> {
  const at = clock.now()
  return transact(db, async (tx) => {
    if (!(await endProposal(tx, id, { state, by, at }))) return false
    await writeAudit(tx, at, {
      actorId: by,
      action: `proposal.${state}`,
      subject: subjectOf({ kind, subject_id }),
      before: { state: 'open' },
      after: { proposalId: id, kind, amount, proposedBy: proposed_by, state },
    })
    return true
  })
}

/**
 * Whether a payment or refund that was settled meanwhile ended as two people had decided. Settled the other way, what
 * they confirmed did not happen, and somebody has to know.
 */
export async function endedAsDecided(tx: Tx, { kind, subject_id, terms }: ProposalRow): Promise<boolean> {
  if (kind === 'refund') return true
  if (kind === 'decide_refund') {
    const refund = await readRefund(tx, subject_id)
    return (refund?.state === 'succeeded') === (Value.Parse(RefundTerms, terms).outcome === 'given')
  }
  const attempt = await readAttempt(tx, subject_id)
  const isPaid = attempt?.state === 'succeeded' || attempt?.state === 'succeeded_late'
  return isPaid === (Value.Parse(PaymentTerms, terms).outcome === 'charged')
}

/**
 * Does what was confirmed. Done already it is not done again: by the key of a refund, and by the state of a payment or
 * refund that somebody has decided about.
 * @param by who confirmed it
 */
export async function perform(
  deps: PaymentsDeps,
  { id, kind, subject_id, amount, terms, proposed_by }: ProposalRow,
  by: string,
): Promise<
  object | RefusedBy<typeof decideUnknown> | RefusedBy<typeof decideRefund> | RefusedBy<typeof refundPayment>
> {
  const wanted = { operatorId: proposed_by, confirmed: { by, proposalId: id } }
  switch (kind) {
    case 'decide_payment':
      return decideUnknown(deps, { attemptId: subject_id, ...Value.Parse(PaymentTerms, terms), ...wanted })
    case 'decide_refund':
      return decideRefund(deps, { refundId: subject_id, ...Value.Parse(RefundTerms, terms), ...wanted })
    case 'refund':
      return refundPayment(deps, {
        // Who proposed it was an operator then, and another one has confirmed it.
        actor: { userId: proposed_by, roles: ['merchant'], sessionId: id },
        paymentId: subject_id,
        reason: Value.Parse(GiveBackTerms, terms).reason,
        idempotencyKey: id,
        confirmed: { ...wanted.confirmed, amount: won(amount) },
      })
  }
}
