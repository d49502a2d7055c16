import { isDeepStrictEqual } from 'node:util'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { type PaymentsDeps, providerOf } from '../deps.ts'
import type { Returned } from '../provider.ts'
import { isReturnOver } from '../rules/return-address.ts'
import { completeCheckout } from '../sending/complete-checkout.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { type Attempt, moveAttempt, readAttempt } from '../store/attempt-store.ts'
import { untilMoved } from '../store/wait.ts'

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
