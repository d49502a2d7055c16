import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import { type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import {
  cancelReturn,
  type ReturnRequest,
  type ReturnWish,
  requestReturn,
  withClaims,
} from '../rules/return-request.ts'
import { findOrder, lockOrder, saveLines } from '../store/order-store.ts'
import { publishReturn } from '../store/publish.ts'
import { findReturn, insertReturn, returnsOfOrder, saveReturn } from '../store/return-store.ts'
import type { TermsBook } from '../terms/terms-book.ts'

export interface ReturnDeps {
  db: Db
  clock: Clock
  terms: Pick<TermsBook, 'at' | 'now'>
}

export interface AskReturn {
  actor: Actor
  orderId: string
  wish: ReturnWish
  idempotencyKey: string
}

/** How often something of one order may be asked back, whatever became of it. */
export const MAX_RETURNS_PER_ORDER = 20

type AskRefusal =
  | Extract<ReturnType<typeof requestReturn>, { kind: 'refused' }>['code']
  | 'not_found'
  | 'too_many_returns'
  | KeyRefusal

/**
 * A customer asks to send back pieces that arrived. From now on they are in this request and in no other.
 * Refusals: not_found (also somebody else's order), too_many_returns (`facts.limit`), those of {@link requestReturn}, and of idempotency.
 */
export async function askReturn(
  deps: ReturnDeps,
  { actor, orderId, wish, idempotencyKey }: AskReturn,
): Promise<{ kind: 'asked'; request: ReturnRequest } | Refused<AskRefusal>> {
  const now = deps.clock.now()
  const key = { scope: `orders.returns:${actor.userId}`, key: idempotencyKey, body: { orderId, wish } }
  const result = await once<{ id: string }, AskRefusal>(deps.db, key, now, async (tx) => {
    const seen = await ownOrder(tx, actor, orderId)
    if (!seen) return refused('not_found')
    // Asked for and cancelled, over and over, each is a row and an event.
    if ((await returnsOfOrder(tx, orderId)).length >= MAX_RETURNS_PER_ORDER)
      return refused('too_many_returns', { facts: { limit: MAX_RETURNS_PER_ORDER } })
    // Whoever bought was told what sending back costs then.
    const { returns: policy } = await deps.terms.at(seen.placedAt, tx)
    const asked = requestReturn(seen, wish, { id: newId(), policy, at: now })
    if (asked.kind === 'refused') return asked
    await saveLines(tx, orderId, asked.lines)
    await insertReturn(tx, asked.request)
    await publishReturn(tx, seen, asked.request, now)
    return { kind: 'answered', status: 201, body: { id: asked.request.id } }
  })
  if (result.kind === 'refused') return result
  const request = await findReturn(deps.db, result.body.id)
  return request ? { kind: 'asked', request } : refused('not_found')
}

/**
 * A customer keeps it after all, until it has been received. Asking again changes nothing.
 * Refusals: not_found (also somebody else's), return_not_in_state.
 */
export function cancelOwnReturn(
  { db, clock }: Pick<ReturnDeps, 'db' | 'clock'>,
  { actor, returnId }: { actor: Actor; returnId: string },
): Promise<{ kind: 'cancelled'; request: ReturnRequest } | Refused<'not_found' | 'return_not_in_state'>> {
  return transact<
    { kind: 'cancelled'; request: ReturnRequest } | Refused<'not_found' | 'return_not_in_state'>
  >(db, async (tx) => {
    const found = await findReturn(tx, returnId)
    const order = found && (await ownOrder(tx, actor, found.orderId))
    // Behind the lock: another may have moved it.
    const request = order && (await findReturn(tx, returnId))
    if (!request) return refused('not_found')
    if (request.state === 'cancelled') return { kind: 'cancelled', request }
    const now = clock.now()
    const next = cancelReturn(request, now)
    if (next.kind === 'refused') return next
    await saveReturn(tx, request, next)
    await saveLines(tx, order.id, withClaims(order.lines, request.lines, -1))
    await publishReturn(tx, order, next, now)
    return { kind: 'cancelled', request: next }
  })
}

/** One's own order, locked. */
async function ownOrder(tx: Tx, actor: Actor, orderId: string) {
  // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
  await lockOrder(tx, orderId)
  const order = await findOrder(tx, orderId)
  const seen = owned(actor, order && { order, ownerId: order.customerId })
  return 'kind' in seen ? undefined : seen.order
}
