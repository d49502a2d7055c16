import { type Db, transact } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { mergeCarts } from '../rules/cart.ts'
import {
  deleteCart,
  deleteLines,
  keepLines,
  linesOf,
  lockCart,
  lockVisitorCart,
} from '../store/cart-store.ts'

/**
 * A visitor has signed in: what is in the visitor's cart becomes the customer's. The same thing adds up, to 99 pieces
 * at most. Once it is done the visitor's cart is gone, so that a second tab, or a repeated request, adds nothing.
 * @returns how many lines did not fit into the full cart; they stay in the visitor's
 */
export async function mergeVisitorCart(
  { db, clock }: { db: Db; clock: Clock },
  { customerId, visitorCartId }: { customerId: string; visitorCartId: string },
): Promise<{ left: number }> {
  const customer = { kind: 'customer', id: customerId } as const
  const visitor = { kind: 'visitor', id: visitorCartId } as const
  return transact(db, async (tx) => {
    // The customer's cart first, everywhere: two merges never wait for each other in a circle.
    const cartId = await lockCart(tx, customer, clock.now())
    if ((await lockVisitorCart(tx, visitorCartId)) === undefined) return { left: 0 }
    const merge = mergeCarts(await linesOf(tx, customer), await linesOf(tx, visitor))
    await keepLines(tx, cartId, [...merge.raised, ...merge.moved])
    if (merge.left.length === 0) await deleteCart(tx, visitorCartId)
    else
      await deleteLines(
        tx,
        visitor,
        merge.merged.map(({ id }) => id),
      )
    return { left: merge.left.length }
  })
}
