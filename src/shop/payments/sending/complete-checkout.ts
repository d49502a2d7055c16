import { createHash } from 'node:crypto'
import { type Db, isDeadlock, isTimeout, type Tx, transact } from '../../../platform/database/database.ts'
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

/** What the browser brought from the provider's page. */
export interface Brought {
  proof: Record<string, string>
  note: object
}

/** The sweeper completes what the request that brought the proof did not complete by then. */
export const COMPLETED_BY_NOW = { seconds: 5 } as const

/**
 * The same for a payment its customer has just agreed to. What they brought is kept by the very commit that allows the
 * call; where that fails it is kept alone, and a look later goes on.
 * @returns undefined when somebody else moved the attempt first
 * @throws what failed, except where the order could not be had at the moment: then the attempt is `authorised`
 */
export function completeReturned(
  deps: PaymentsDeps,
  seen: Attempt,
  brought: Brought,
): Promise<Attempt | undefined> {
  return inSpan('complete checkout', { parent: seen.traceparent ?? undefined }, async () => {
    const kept = await preparedOrKept(deps, seen, brought)
    return kept && call(deps, kept)
  })
}

async function preparedOrKept(
  deps: PaymentsDeps,
  seen: Attempt,
  brought: Brought,
): Promise<Attempt | undefined> {
  try {
    return await prepared(deps, seen, brought)
  } catch (error) {
    const keep = () => keepProof(deps.db, seen, brought, deps.clock.now())
    if (isTimeout(error) || isDeadlock(error)) return keep()
    // Where it cannot be kept either, it is the first failure that says why.
    await keep().catch(() => undefined)
    throw error
  }
}

async function complete(deps: PaymentsDeps, seen: Attempt): Promise<Attempt> {
  const sent = await prepared(deps, seen)
  return sent ? call(deps, sent) : ((await readAttempt(deps.db, seen.id)) ?? seen)
}

function prepared(deps: PaymentsDeps, seen: Attempt, brought?: Brought): Promise<Attempt | undefined> {
  return transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) => (await prepare(deps, tx, seen, brought)) ?? rollback(undefined),
  )
}

/** Calls the provider for an attempt that is `sent`, and writes what came of it. Any other is left as it is. */
async function call(deps: PaymentsDeps, sent: Attempt): Promise<Attempt> {
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
  const settled = await settleAttempt(deps, sent, settlement, noteOf(outcome))
  return settled ?? (await readAttempt(deps.db, sent.id)) ?? sent
}

/** The same for every repetition with one proof; with another one it is another request. */
function completionKey({ id, proof }: Attempt): string {
  const parts = Object.entries(proof ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${id}-complete-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)}`
}

/** The attempt as `sent`; in another state when the order forbids sending; undefined when somebody else moved it. */
async function prepare(
  deps: PaymentsDeps,
  tx: Tx,
  seen: Attempt,
  brought: Brought | undefined,
): Promise<Attempt | undefined> {
  const order = await deps.payable.lockForPayment(tx, seen.order_id, seen.owner_id)
  const now = deps.clock.now()
  if (order.kind === 'refused') {
    const agreed = brought ? await keepProof(tx, seen, brought, now) : seen
    return agreed && notSent(deps, tx, agreed, order.code, now)
  }
  const { chargeTimeoutMs } = providerOf(deps, seen.provider).capabilities
  const changes = {
    ...(brought && { proof: brought.proof }),
    send_no: seen.send_no + 1,
    sent_at: now,
    lease_until: leaseUntil(now, chargeTimeoutMs),
    next_look_at: null,
    // Seen before this sending, it proves nothing about it.
    not_charged_seen: 0,
  }
  const passed = brought && ({ state: 'authorised', note: brought.note } as const)
  return moveAttempt(tx, seen, 'sent', now, changes, {}, passed)
}

function keepProof(db: Db | Tx, seen: Attempt, { proof, note }: Brought, now: Temporal.Instant) {
  const changes = { proof, next_look_at: now.add(COMPLETED_BY_NOW) }
  return moveAttempt(db, seen, 'authorised', now, changes, note)
}

/** The order cannot be paid any more. */
async function notSent(
  deps: PaymentsDeps,
  tx: Tx,
  seen: Attempt,
  code: string,
  now: Temporal.Instant,
): Promise<Attempt | undefined> {
  const attempt = await lockAttempt(tx, seen.id)
  if (!attempt || attempt.state !== seen.state || attempt.send_no !== seen.send_no) return undefined
  if (attempt.state === 'authorised') return endAttempt(deps, tx, attempt, 'cancelled', now, { code })
  // Sent before: only look-ups may end it.
  const delaySeconds = deps.settings.lookDelaysSeconds[attempt.looks]
  return keepAttemptUnknown(deps, tx, attempt, now, { reason: code, delaySeconds, note: {} })
}
