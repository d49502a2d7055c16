import { orderPaid, orderRefunded } from '../../../contracts/order-events.ts'
import { beforeCommit, type Tx } from '../../../platform/database/database.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import { changeNumbers, type NumbersChange } from '../browse/shelves.ts'

/** Pieces sold of each item: up by the quantity of every paid line, down by what was given back. */
export const salesCount: Subscriber = {
  name: 'catalog.sales-count',
  together: 50,
  handlers: [
    on(orderPaid, async (tx, { data }) =>
      count(
        tx,
        data.lines.map(({ itemId, quantity }) => ({ itemId, sales: quantity })),
      ),
    ),
    on(orderRefunded, async (tx, { data }) =>
      count(
        tx,
        data.lines.map(({ itemId, quantity }) => ({ itemId, sales: -quantity })),
      ),
    ),
  ],
}

const COUNT = Symbol('count sales')
/** Of transactions that are not at their end yet. */
const pending = new WeakMap<Tx, NumbersChange[]>()

/**
 * The changes of all events of a transaction are made at its end, together: their items are then locked once, in the order
 * in which everybody locks them.
 */
function count(tx: Tx, changes: readonly NumbersChange[]): void {
  if (beforeCommit(tx, COUNT, () => changeNumbers(tx, pending.get(tx) ?? []))) pending.set(tx, [...changes])
  else pending.get(tx)?.push(...changes)
}
