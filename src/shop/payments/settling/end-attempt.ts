import { paymentEnded } from '../../../contracts/payment-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { AttemptEnd, AttemptNews } from '../payable.ts'
import { type Attempt, aboutAttempt, moveAttempt, publishPaymentEvent } from '../store/attempt-store.ts'
import { dropWish } from '../store/receipt-store.ts'

/** What a finished attempt forgets: the proof is of no use any more, and nobody has to come back to it. */
export const ENDED = { proof: null, lease_until: null, next_look_at: null, needs_review: false } as const

type EndState = 'declined' | 'cancelled' | 'expired' | 'failed'

export interface Ending {
  /** Why, for the event. */
  code: string
  changes?: Parameters<typeof moveAttempt>[4]
  note?: object
  /** What the order is told; without it, the state and the code. */
  outcome?: AttemptEnd
}

/**
 * Ends an attempt without money having moved, and says so. The order is told first, because it is locked before the
 * attempt, and because a subscription behind it decides what follows.
 * @returns undefined when somebody else moved the attempt: then the caller undoes what was told, by rolling back
 */
export async function endAttempt(
  deps: Pick<PaymentsDeps, 'payable'>,
  tx: Tx,
  from: Attempt,
  to: EndState,
  now: Temporal.Instant,
  ending: Ending,
): Promise<Attempt | undefined> {
  const outcome = ending.outcome ?? endOf(to, ending.code)
  await deps.payable.ended(tx, { ...newsOf(from, now), origin: from.origin, outcome })
  return endAttemptUntold(tx, from, to, now, ending)
}

function endOf(to: EndState, code: string): AttemptEnd {
  return to === 'declined' ? { kind: to, class: 'retryable', code } : { kind: to, code }
}

/** Like {@link endAttempt}, when the order goes on with another attempt in the same transaction and so hears of that one. */
export async function endAttemptUntold(
  tx: Tx,
  from: Attempt,
  to: EndState,
  now: Temporal.Instant,
  { code, changes = {}, note = {} }: Ending,
): Promise<Attempt | undefined> {
  const moved = await moveAttempt(tx, from, to, now, { ...ENDED, ...changes }, { code, ...note })
  if (!moved) return undefined
  if (moved.origin === 'checkout') await dropWish(tx, moved.id)
  const data = { ...aboutAttempt(moved), outcome: to, code }
  await publishPaymentEvent(tx, now, paymentEnded.of(moved.id, moved.version, data))
  return moved
}

/** What orders are told of an attempt. */
export function newsOf({ order_id, id }: Attempt, at: Temporal.Instant): AttemptNews {
  return { orderId: order_id, attemptId: id, at }
}
