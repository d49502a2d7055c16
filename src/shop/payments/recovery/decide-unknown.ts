import { sql } from 'kysely'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { won } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { type PaymentsDeps, providerOf, settleWindowOf } from '../deps.ts'
import type { LookupResult, ProviderPayment } from '../provider.ts'
import { isContradicted, saysCharged } from '../rules/decision.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { settleAttemptAsSeen } from '../settling/settle-attempt.ts'
import { type Attempt, expectedOf, originOf, readAttempt, rememberStep } from '../store/attempt-store.ts'
import { lookUpAttempt, notCharged } from './look-up.ts'
import { type Confirmed, requireSecondPerson } from './second-person.ts'

export interface Decision {
  attemptId: string
  outcome: 'charged' | 'not_charged'
  /** What the operator saw, for the books. */
  evidence: string
  /** The provider's id of the payment; needed for 'charged' when it was not known yet, so that it can be refunded. */
  providerRef?: string | undefined
  operatorId: string
  /** Set once a second person has confirmed it. */
  confirmed?: Confirmed | undefined
}

/**
 * An operator settles an unknown payment from evidence outside the system (the provider's own console).
 * "Not charged" is believed of a person, too, only after the provider's settle window: consoles lag behind as well.
 * The provider is asked first; what it said is kept, and nobody decides the opposite. Much money takes two people.
 * Refusals: not_found, payment_settled, decision_too_early (`until`), provider_ref_required, provider_ref_mismatch,
 * provider_contradicts (`providerSaid`), second_person_required.
 */
export async function decideUnknown(
  deps: PaymentsDeps,
  decision: Decision,
): Promise<
  | Attempt
  | RefusedBy<typeof refOf>
  | Refused<
      | 'not_found'
      | 'payment_settled'
      | 'decision_too_early'
      | 'provider_contradicts'
      | 'second_person_required'
    >
> {
  const attempt = await readAttempt(deps.db, decision.attemptId)
  if (!attempt) return refused('not_found')
  if (attempt.state !== 'unknown') return refused('payment_settled')
  const { outcome, operatorId, confirmed } = decision
  const ref = outcome === 'charged' ? refOf(attempt, decision.providerRef) : undefined
  if (typeof ref === 'object') return ref
  const early = outcome === 'not_charged' ? tooEarly(deps, attempt) : undefined
  if (early) return early
  const found = await askProvider(deps, attempt, ref)
  const expected = { ...expectedOf(attempt), ...(ref === undefined ? {} : { ref }) }
  const said = saysCharged(found, expected)
  const answer = { providerSaid: said, lookup: found.kind }
  await rememberAnswer(deps, decision, answer)
  if (isContradicted(outcome === 'charged' ? 'yes' : 'no', said))
    return refused('provider_contradicts', { facts: answer })
  const { attemptId, evidence: seen, providerRef } = decision
  const wish = {
    kind: 'decide_payment',
    subjectId: attemptId,
    amount: attempt.total,
    terms: { outcome, evidence: seen, providerRef },
    providerSaid: said,
    proposedBy: operatorId,
  } as const
  // Nobody decides alone about money of their own, however little.
  const isOwn = attempt.owner_id === operatorId
  const inAll = isOwn ? won(Number.MAX_SAFE_INTEGER) : wish.amount
  const second = await requireSecondPerson(deps, wish, confirmed, inAll)
  if (second) return second
  const evidence = { operator: operatorId, evidence: seen, ...answer, ...(confirmed ? { confirmed } : {}) }
  const no =
    ref === undefined
      ? await endAsNotCharged(deps, attempt, evidence)
      : await settleAsCharged(deps, attempt, ref, found, evidence)
  return no ?? (await readAttempt(deps.db, attempt.id)) ?? refused('not_found')
}

/** The provider's id by which a charge is settled. */
function refOf(
  attempt: Attempt,
  providerRef: string | undefined,
): string | Refused<'provider_ref_required' | 'provider_ref_mismatch'> {
  const ref = attempt.provider_ref ?? providerRef
  if (ref === undefined) return refused('provider_ref_required')
  return providerRef === undefined || providerRef === ref ? ref : refused('provider_ref_mismatch')
}

function askProvider(deps: PaymentsDeps, attempt: Attempt, ref: string | undefined): Promise<LookupResult> {
  const provider = providerOf(deps, attempt.provider)
  return provider.lookup(
    { merchantRef: attempt.id, ref: ref ?? attempt.provider_ref ?? undefined, origin: originOf(attempt) },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${attempt.id}-decide` },
  )
}

/** Who asked for what, and what the provider said to it: kept before anything comes of it. */
async function rememberAnswer(
  { db, clock }: PaymentsDeps,
  { attemptId, outcome, evidence, operatorId, confirmed }: Decision,
  answer: { providerSaid: string; lookup: string },
): Promise<void> {
  const now = clock.now()
  await transact(db, async (tx) => {
    const note = { operator: operatorId, outcome, ...answer }
    await rememberStep(tx, { attemptId, at: now, step: 'provider asked', note })
    await writeAudit(tx, now, {
      actorId: confirmed?.by ?? operatorId,
      action: 'payment.decision',
      subject: { type: 'payment', id: attemptId },
      reason: evidence,
      before: { state: 'unknown' },
      after: { outcome, ...answer, ...(confirmed ? { proposedBy: operatorId } : {}) },
    })
  })
}

async function settleAsCharged(
  deps: PaymentsDeps,
  attempt: Attempt,
  ref: string,
  found: LookupResult,
  evidence: object,
): Promise<Refused<'payment_settled'> | undefined> {
  const payment: ProviderPayment = {
    ref,
    merchantRef: attempt.id,
    status: 'paid',
    rawStatus: 'decided by an operator',
    total: attempt.total,
    vat: attempt.vat,
    refundable: attempt.total,
    refunds: [],
    approvedAt: undefined,
    method: attempt.method ?? 'unknown',
    cashReceiptBy: found.kind === 'found' ? found.payment.cashReceiptBy : receiptUntold(deps, attempt),
  }
  const settled = await settleAttemptAsSeen(deps, attempt, { kind: 'paid', payment }, evidence)
  return settled ? undefined : refused('payment_settled')
}

/** Who gives the cash receipt when only a person says that it was paid: stored methods of those who ask us are cards. */
function receiptUntold(deps: PaymentsDeps, attempt: Attempt): ProviderPayment['cashReceiptBy'] {
  const mayBeOurs = attempt.origin === 'checkout' && providerOf(deps, attempt.provider).cashReceipts !== null
  return mayBeOurs ? 'unknown' : 'nobody'
}

function tooEarly(deps: PaymentsDeps, attempt: Attempt): Refused<'decision_too_early'> | undefined {
  const now = deps.clock.now()
  const until = (attempt.sent_at ?? attempt.created_at).add(settleWindowOf(deps, attempt))
  if (Temporal.Instant.compare(now, until) >= 0) return undefined
  const retryAfterSeconds = until.since(now).total('seconds')
  return refused('decision_too_early', { retryAfterSeconds, facts: { until: until.toString() } })
}

async function endAsNotCharged(
  deps: PaymentsDeps,
  attempt: Attempt,
  evidence: object,
): Promise<Refused<'payment_settled'> | undefined> {
  const now = deps.clock.now()
  const ended = await transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) =>
      (await endAttempt(deps, tx, attempt, 'declined', now, notCharged(evidence))) ?? rollback(undefined),
  )
  return ended ? undefined : refused('payment_settled')
}

/**
 * Asks the provider about an unknown payment now, out of turn and without using up a look-up of the schedule; a
 * payment that waited for a person gets a whole new schedule this way.
 * Refusal: not_found. A settled payment is returned as it is.
 */
export async function lookUpAttemptNow(
  deps: PaymentsDeps,
  attemptId: string,
): Promise<Attempt | Refused<'not_found'>> {
  const { rows } = await sql<Attempt>`
    update payments.attempt
    set looks = case when needs_review then 1 else greatest(looks, 1) end, needs_review = false,
        next_look_at = ${deps.clock.now().add({ seconds: 60 })}
    where id = ${attemptId} and state = 'unknown' returning *`.execute(deps.db)
  for (const attempt of rows) await lookUpAttempt(deps, attempt)
  return (await readAttempt(deps.db, attemptId)) ?? refused('not_found')
}
