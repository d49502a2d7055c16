import { writeAudit } from '../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import { businessDate, type Clock } from '../../platform/time/clock.ts'
import { type DeliveryStep, type Moved, moveLines, type Parcel, type WantedPieces } from './rules/delivery.ts'
import type { Order } from './rules/order.ts'
import { findOrder, lockOrder, saveLines, saveOrder } from './store/order-store.ts'
import { publishDelivered, publishShipped } from './store/publish.ts'

export interface MoveOrderDeps {
  db: Db
  clock: Clock
}

export interface MoveOrder {
  /** Who does it. */
  actorId: string
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
  { actorId, orderId, wanted, step: asked }: MoveOrder,
): Promise<{ kind: 'moved'; order: Order } | RefusedBy<typeof moveLines> | Refused<'not_found'>> {
  return transact(deps.db, async (tx) => {
    // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
    await lockOrder(tx, orderId)
    const order = await findOrder(tx, orderId)
    if (!order) return refused('not_found')
    const now = deps.clock.now()
    const step = stepOf(asked)
    const moved = moveLines(order, step, wanted, now)
    if (moved.kind === 'refused') return moved
    if (moved.kind === 'unchanged') return { kind: 'moved', order }
    await keepMoved(tx, order, moved, step, now)
    await noteMoved(tx, { actorId, orderId, step, moved }, now)
    return { kind: 'moved', order: moved.order }
  })
}

function stepOf(asked: MoveOrder['step']): DeliveryStep {
  if (asked.step === 'ship') return { ...asked, shipmentId: newId() }
  return asked.step === 'deliver' ? { step: 'deliver', by: 'merchant' } : { step: 'prepare' }
}

/** Writes what a step made of a locked order, and tells it. */
export async function keepMoved(
  tx: Tx,
  from: Order,
  moved: Moved,
  step: DeliveryStep,
  at: Temporal.Instant,
): Promise<void> {
  await saveOrder(tx, from, moved.order)
  await saveLines(tx, from.id, moved.lines)
  if (step.step === 'ship') await publishShipped(tx, moved, step.parcel, at)
  if (step.step === 'deliver' && moved.pieces.length > 0) await publishDelivered(tx, moved, step, at)
}

const AUDITED = { prepare: 'order.packed', ship: 'order.sent', deliver: 'order.arrived' } as const

/** Writes down who of the house took a step with an order. */
export function noteMoved(
  tx: Tx,
  { actorId, orderId, step, moved }: { actorId: string; orderId: string; step: DeliveryStep; moved: Moved },
  at: Temporal.Instant,
): Promise<void> {
  // The day of an arrival decides until when money can be asked back.
  const arrivals = moved.arrivals.map(({ shipmentId, deliveredAt }) => ({
    shipmentId,
    on: businessDate(deliveredAt).toString(),
  }))
  const details = { prepare: {}, ship: 'parcel' in step ? step.parcel : {}, deliver: { arrivals } }
  const pieces = moved.pieces.map(({ lineNo, quantity }) => ({ lineNo, quantity }))
  return writeAudit(tx, at, {
    actorId,
    action: AUDITED[step.step],
    subject: { type: 'order', id: orderId },
    after: { state: moved.order.state, pieces, ...details[step.step] },
  })
}
