import { type Db, transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { type DeliveryStep, moveLines, type Parcel, type WantedPieces } from './rules/delivery.ts'
import type { Order } from './rules/order.ts'
import { findOrder, lockOrder, saveLines, saveOrder } from './store/order-store.ts'
import { publishDelivered, publishShipped } from './store/publish.ts'

export interface MoveOrderDeps {
  db: Db
  clock: Clock
}

export interface MoveOrder {
  orderId: string
  /** Which lines, or how many pieces of them; undefined: all that can take the step. */
  wanted: readonly WantedPieces[] | undefined
  step: { step: 'prepare' | 'deliver' } | { step: 'ship'; parcel: Parcel }
}

/**
 * The merchant prepares, sends, or notes the arrival of an order or some of its pieces. Repeating it changes nothing.
 * Refusals: not_found, and those of {@link moveLines}.
 */
export function moveOrder(
  deps: MoveOrderDeps,
  { orderId, wanted, step: asked }: MoveOrder,
): Promise<{ kind: 'moved'; order: Order } | RefusedBy<typeof moveLines> | Refused<'not_found'>> {
  return transact(deps.db, async (tx) => {
    // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
    await lockOrder(tx, orderId)
    const order = await findOrder(tx, orderId)
    if (!order) return refused('not_found')
    const now = deps.clock.now()
    const step: DeliveryStep =
      asked.step === 'ship' ? { ...asked, shipmentId: newId() } : { step: asked.step }
    const moved = moveLines(order, step, wanted, now)
    if (moved.kind === 'refused') return moved
    if (moved.kind === 'unchanged') return { kind: 'moved', order }
    await saveOrder(tx, order, moved.order)
    await saveLines(tx, order.id, moved.lines)
    if (step.step === 'ship') await publishShipped(tx, moved, step.parcel, now)
    if (step.step === 'deliver') await publishDelivered(tx, moved, now)
    return { kind: 'moved', order: moved.order }
  })
}
