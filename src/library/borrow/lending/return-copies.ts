import { noteOfOthers } from '../../../platform/audit/audit.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { publishReturned } from '../publish.ts'
import { giveBackCopies } from '../rules/returning.ts'
import { noteCopiesBack } from '../store/copy-store.ts'
import { insertFee } from '../store/fee-store.ts'
import { lockLoanAndFees, saveLoan } from '../store/loan-store.ts'
import { insertReturn } from '../store/return-store.ts'
import type { LendingDeps } from './deps.ts'
import { DESK, isLibrarian, refuseOwn } from './librarian.ts'
import { type LoanView, loanView } from './loan-view.ts'

export interface ReturnCopies {
  actor: Actor
  loanId: string
  idempotencyKey: string
  asked: {
    copies: number
    /** When they lay in the book drop: librarians only. */
    effectiveAt?: string | undefined
    /** The copy that was scanned; without it the copies with the lowest barcodes are taken for those. */
    barcode?: string | undefined
  }
  /** Who answers for when they came back, where that is not the actor: who added a machine may speak in its name. */
  answerableId?: string
  /** The loan was a slip of the hand: when all its copies are back, a hold that it had collected is as it was before. */
  undone?: boolean
}

/** What a return did. */
export interface ReturnView {
  loan: LoanView
  returnNo: number
  copies: number
  lateDays: number
  /** Won, charged for this return. */
  fee: number
}

/**
 * Takes copies of a loan back; stock follows by the event. One key is one return, whatever happens afterwards.
 * Refusals: not_found, not_allowed (backdated, not by a librarian), own_account (backdated), loan_pending, loan_not_active, loan_lost,
 * too_many_copies, effective_at_invalid, idempotency_key_reused, request_in_progress.
 */
export async function returnCopies(
  { db, clock }: LendingDeps,
  { actor, loanId, idempotencyKey, asked, undone = false }: ReturnCopies,
): Promise<
  | Answer<ReturnView>
  | RefusedBy<typeof giveBackCopies>
  | Refused<'not_allowed' | 'own_account' | 'not_found' | KeyRefusal>
> {
  const now = clock.now()
  const key = { scope: `library-returns:${actor.userId}`, key: idempotencyKey, body: { loanId, ...asked } }
  return once(db, key, now, async (tx) => {
    const result = await takeBack(tx, { actor, loanId, asked, now, undone })
    return result.kind === 'refused' ? result : { kind: 'answered', status: 200, body: result.view }
  })
}

/** The same inside a transaction, for whoever has a key of their own. Refusals: as {@link returnCopies}, but those of keys. */
export async function takeBack(
  tx: Tx,
  {
    actor,
    loanId,
    asked,
    now,
    undone = false,
    scanned = false,
    answerableId = actor.userId,
  }: Omit<ReturnCopies, 'idempotencyKey'> & { now: Temporal.Instant; scanned?: boolean },
): Promise<
  | { kind: 'back'; view: ReturnView }
  | RefusedBy<typeof giveBackCopies>
  | Refused<'not_allowed' | 'own_account' | 'not_found'>
> {
  if (asked.effectiveAt !== undefined && !isLibrarian(actor)) return refused('not_allowed')
  const effectiveAt = asked.effectiveAt === undefined ? now : Temporal.Instant.from(asked.effectiveAt)
  const lent = await lockLoanAndFees(tx, loanId)
  const seen = owned(actor, lent && { ...lent, ownerId: lent.loan.patronId }, DESK)
  if ('kind' in seen) return seen
  const { loan, policy } = seen
  const own = asked.effectiveAt === undefined ? undefined : refuseOwn(answerableId, loan.patronId)
  if (own) return own
  const given = { copies: asked.copies, effectiveAt, now, dayOf: businessDate }
  const decision = giveBackCopies(loan, given, policy)
  if (decision.kind === 'refused') return decision
  const { late: lateDays, fee } = decision
  const returnNo = decision.loan.returns
  await saveLoan(tx, loan, decision.loan)
  const entry = { loanId, copies: asked.copies, effectiveAt, lateDays, fee }
  await insertReturn(tx, { ...entry, no: returnNo, returnedAt: now, byId: actor.userId })
  if (fee > 0) {
    const owed = {
      patronId: loan.patronId,
      kind: 'late_fee' as const,
      amount: fee,
      loanId,
      returnNo,
      at: now,
    }
    await insertFee(tx, { id: newId(), ...owed, byId: null, reason: null })
  }
  await noteOfOthers(
    tx,
    now,
    { actorId: actor.userId, ownerId: loan.patronId },
    {
      action: 'loan.returned',
      subject: { type: 'loan', id: loanId },
      after: { no: returnNo, copies: asked.copies, effectiveAt: effectiveAt.toString(), fee },
    },
  )
  const { copies, barcode } = asked
  const barcodes = await noteCopiesBack(tx, { loanId, no: returnNo, copies, barcode })
  const isUndone = undone && decision.loan.state === 'returned'
  const back = { returned: copies, lateDays, fee, effectiveAt, barcodes, scanned, undone: isUndone }
  await publishReturned(tx, decision.loan, back, now)
  const view = loanView({ loan: decision.loan, policy }, businessDate(now))
  return { kind: 'back', view: { loan: view, returnNo, copies, lateDays, fee } }
}
