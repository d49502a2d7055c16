import { createHash } from 'node:crypto'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { inSpan } from '../../../platform/telemetry/in-span.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
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

/**
 * Completes an authorised payment (KakaoPay "approve", Toss "confirm"): prepare, call, finish. The order must still
 * be waiting; otherwise the attempt ends without the call, so without money moving.
 * Also used by the resolver for an unknown outcome, when the provider completes one payment at most once.
 * It goes on with the trace of the purchase, whoever does it: the browser that came back, or a look later.
 * @returns the attempt as it is afterwards, whoever moved it
 */
export function completeCheckout(deps: PaymentsDeps, seen: Attempt): Promise<Attempt> {
  return inSpan('complete checkout', { parent: seen.traceparent ?? undefined }, () => complete(deps, seen))
}

async function complete(deps: PaymentsDeps, seen: Attempt): Promise<Attempt> {
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
