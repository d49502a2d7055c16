import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import type { Returned } from '../provider.ts'
import { settlementOf } from '../rules/attempt.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { keepAttemptUnknown, settleAttempt } from '../settling/settle-attempt.ts'
import {
  type Attempt,
  expectedOf,
  lockAttempt,
  moveAttempt,
  noteOf,
  readAttempt,
} from '../store/attempt-store.ts'
import { untilMoved } from '../store/wait.ts'
import { isReturnOver } from './return-address.ts'

/** The sweeper completes what the request that brought the proof did not complete by then. */
const COMPLETED_BY_NOW = { seconds: 5 } as const

/**
 * The browser came back from the provider's page. Whatever it says is only a hint: an approval is completed with
 * the provider, a cancel or failure ends an attempt that was not approved. Coming back twice, or in parallel, gives
 * the same result.
 * @param input `returnKey` is the opaque part of the address; a wrong one is answered like an unknown attempt
 */
export async function returnedFromCheckout(
  deps: PaymentsDeps,
  input: {
    attemptId: string
    returnKey: string
    target: 'success' | 'cancel' | 'fail'
    query: Readonly<Record<string, string>>
  },
): Promise<Attempt | undefined> {
  const attempt = await readAttempt(deps.db, input.attemptId)
  if (attempt?.return_key !== input.returnKey || isReturnOver(attempt, deps.clock.now())) return undefined
  const returned = providerOf(deps, attempt.provider).parseReturn(input.target, input.query)
  const ready = await afterAnotherProof(deps, attempt, returned)
  const stored = ready.state === 'awaiting_customer' ? await storeReturn(deps, ready, returned) : ready
  const completed =
    stored.state === 'authorised' && returned.kind === 'approved'
      ? await completeCheckout(deps, stored)
      : stored
  if (completed.state !== 'sent') return completed
  // Another request is completing it: its answer is this one's too, if it comes soon.
  const moved = await untilMoved(deps, completed)
  return 'kind' in moved ? completed : moved
}

/** While another proof is being tried, the attempt may soon wait for this one: the true one is not to be lost to a made-up one. */
async function afterAnotherProof(deps: PaymentsDeps, attempt: Attempt, returned: Returned): Promise<Attempt> {
  if (attempt.state !== 'sent' || returned.kind !== 'approved') return attempt
  if (isDeepStrictEqual(attempt.proof, { ...returned.proof })) return attempt
  const moved = await untilMoved(deps, attempt)
  return 'kind' in moved ? attempt : moved
}

/** Keeps what the browser brought before anything is done with it, so that a crash cannot lose it. */
async function storeReturn(deps: PaymentsDeps, attempt: Attempt, returned: Returned): Promise<Attempt> {
  const moved = await transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) => (await moveReturned(deps, tx, attempt, returned)) ?? rollback(undefined),
  )
  return moved ?? (await readAttempt(deps.db, attempt.id)) ?? attempt
}

function moveReturned(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  returned: Returned,
): Promise<Attempt | undefined> {
  const now = deps.clock.now()
  const note = { returned: returned.kind }
  switch (returned.kind) {
    case 'approved': {
      const changes = { proof: { ...returned.proof }, next_look_at: now.add(COMPLETED_BY_NOW) }
      return moveAttempt(tx, attempt, 'authorised', now, changes, note)
    }
    case 'cancelled':
      return endAttempt(deps, tx, attempt, 'cancelled', now, { code: 'cancelled_by_customer', note })
    case 'failed': {
      const code = returned.code ?? 'failed_at_provider'
      const changes = { decline_code: code, decline_message: returned.message ?? null }
      return endAttempt(deps, tx, attempt, 'declined', now, { code, changes, note })
    }
  }
}

/**
 * Completes an authorised payment (KakaoPay "approve", Toss "confirm"): prepare, call, finish. The order must still
 * be waiting; otherwise the attempt ends without the call, so without money moving.
 * Also used by the resolver for an unknown outcome, when the provider completes one payment at most once.
 * @returns the attempt as it is afterwards, whoever moved it
 */
export async function completeCheckout(deps: PaymentsDeps, seen: Attempt): Promise<Attempt> {
  const sent = await transact(deps.db, (tx) => prepare(deps, tx, seen))
  if (!sent) return (await readAttempt(deps.db, seen.id)) ?? seen
  if (sent.state !== 'sent') return sent
  const provider = providerOf(deps, sent.provider)
  const outcome = await provider.completeCheckout(
    {
      merchantRef: sent.id,
      mode: sent.mode,
      ref: sent.provider_ref ?? undefined,
      buyerRef: sent.buyer_ref,
      itemName: sent.item_name,
      money: { total: sent.total, taxFree: sent.tax_free, vat: sent.vat },
      proof: sent.proof ?? {},
    },
    { deadline: Date.now() + provider.capabilities.chargeTimeoutMs, idempotencyKey: completionKey(sent) },
  )
  const settlement = settlementOf(outcome, expectedOf(sent), sent.unknown_reason !== null)
  await settleAttempt(deps, sent, settlement, noteOf(outcome))
  return (await readAttempt(deps.db, sent.id)) ?? sent
}

/** The same for every repetition with one proof; with another one it is another request. */
function completionKey({ id, proof }: Attempt): string {
  const parts = Object.entries(proof ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${id}-complete-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)}`
}

/** The attempt as `sent`; in another state when the order forbids sending; undefined when somebody else moved it. */
async function prepare(deps: PaymentsDeps, tx: Tx, seen: Attempt): Promise<Attempt | undefined> {
  const order = await deps.payable.lockForPayment(tx, seen.order_id, seen.owner_id)
  const attempt = await lockAttempt(tx, seen.id)
  if (!attempt || attempt.state !== seen.state || attempt.send_no !== seen.send_no) return undefined
  const now = deps.clock.now()
  if (order.kind === 'refused') {
    if (attempt.state === 'authorised')
      return endAttempt(deps, tx, attempt, 'cancelled', now, { code: order.code })
    // Sent before: only look-ups may end it.
    const delaySeconds = deps.settings.lookDelaysSeconds[attempt.looks]
    return keepAttemptUnknown(deps, tx, attempt, now, { reason: order.code, delaySeconds, note: {} })
  }
  const { chargeTimeoutMs } = providerOf(deps, attempt.provider).capabilities
  const changes = {
    send_no: attempt.send_no + 1,
    sent_at: now,
    lease_until: leaseUntil(now, chargeTimeoutMs),
    next_look_at: null,
    // Seen before this sending, it proves nothing about it.
    not_charged_seen: 0,
  }
  return moveAttempt(tx, attempt, 'sent', now, changes)
}
