import { transact } from '../../platform/database/database.ts'
import { settlementOf } from './attempt.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from './deps.ts'
import type { Completed, Outcome, Returned } from './provider.ts'
import { end, settle } from './settle.ts'
import { type Attempt, lockAttempt, moveAttempt, noteOf, readAttempt, remember } from './store.ts'
import { untilMoved } from './wait.ts'

/**
 * The browser came back from the provider's page. Whatever it says is only a hint: an approval is completed with
 * the provider, a cancel or failure ends the attempt. Coming back twice, or in parallel, gives the same result.
 * @param returnKey the opaque part of the address; a wrong one is answered like an unknown attempt
 */
export async function customerReturned(
  deps: PaymentsDeps,
  input: {
    attemptId: string
    returnKey: string
    target: 'success' | 'cancel' | 'fail'
    query: Readonly<Record<string, string>>
  },
): Promise<Attempt | undefined> {
  const attempt = await readAttempt(deps.db, input.attemptId)
  if (attempt?.return_key !== input.returnKey) return undefined
  const returned = providerOf(deps, attempt.provider).parseReturn(input.target, input.query)
  const stored = attempt.state === 'awaiting_customer' ? await storeReturn(deps, attempt, returned) : attempt
  if (stored.state === 'authorised') return complete(deps, stored)
  if (stored.state !== 'sent') return stored
  const moved = await untilMoved(deps, stored)
  return moved && 'kind' in moved ? stored : moved
}

/** Keeps what the browser brought before anything is done with it, so that a crash cannot lose it. */
async function storeReturn(deps: PaymentsDeps, attempt: Attempt, returned: Returned): Promise<Attempt> {
  const moved = await transact(deps.db, async (tx) => {
    const now = deps.clock.now()
    await remember(tx, { attemptId: attempt.id, at: now, step: `returned: ${returned.kind}` })
    switch (returned.kind) {
      case 'approved':
        return moveAttempt(tx, attempt, 'authorised', now, {
          proof: { ...returned.proof },
          next_look_at: now.add({ seconds: 5 }),
        })
      case 'cancelled':
        return end(tx, attempt, 'cancelled', now, undefined, 'cancelled_by_customer')
      case 'failed': {
        const code = returned.code ?? 'failed_at_provider'
        const why = { decline_code: code, decline_message: returned.message ?? null }
        return end(tx, attempt, 'declined', now, why, code)
      }
    }
  })
  return moved ?? (await readAttempt(deps.db, attempt.id)) ?? attempt
}

/**
 * Completes an authorised payment (KakaoPay "approve", Toss "confirm"): prepare, call, finish. The order must still
 * be waiting; otherwise the attempt ends without the call, so without money moving.
 * Also used by the resolver for an unknown outcome, when the provider completes one payment at most once.
 */
export async function complete(deps: PaymentsDeps, authorised: Attempt): Promise<Attempt> {
  const sent = await prepare(deps, authorised)
  if (!sent) return (await readAttempt(deps.db, authorised.id)) ?? authorised
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
    { deadline: Date.now() + provider.capabilities.chargeTimeoutMs, idempotencyKey: `${sent.id}-complete` },
  )
  await settle(
    deps,
    sent,
    settlementOf(outcome, { total: sent.total, merchantRef: sent.id }),
    evidenceOf(outcome),
  )
  return (await readAttempt(deps.db, sent.id)) ?? sent
}

async function prepare(deps: PaymentsDeps, seen: Attempt): Promise<Attempt | undefined> {
  return transact(deps.db, async (tx) => {
    const order = await deps.payable.lockForPayment(tx, seen.order_id)
    const attempt = await lockAttempt(tx, seen.id)
    if (!attempt || attempt.state !== seen.state || attempt.send_no !== seen.send_no) return undefined
    const now = deps.clock.now()
    if (order.kind === 'refused') {
      // An unknown outcome stays for the resolver: only an attempt that was never sent may end here.
      return attempt.state === 'authorised'
        ? end(tx, attempt, 'cancelled', now, undefined, order.code)
        : undefined
    }
    const { chargeTimeoutMs } = providerOf(deps, attempt.provider).capabilities
    await remember(tx, { attemptId: attempt.id, at: now, step: 'sent' })
    return moveAttempt(tx, attempt, 'sent', now, {
      send_no: attempt.send_no + 1,
      sent_at: now,
      lease_until: leaseUntil(now, chargeTimeoutMs),
      next_look_at: null,
    })
  })
}

function evidenceOf(outcome: Outcome<Completed>): object {
  return noteOf(outcome)
}
