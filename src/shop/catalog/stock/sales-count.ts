import { orderPaid, orderRefunded } from '../../../contracts/order-events.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import { changeNumbers } from '../browse/shelves.ts'

/** Pieces sold of each item: up by the quantity of every paid line, down by what was given back. */
export const salesCount: Subscriber = {
  name: 'catalog.sales-count',
  handlers: [
    on(orderPaid, (tx, { data }) =>
      changeNumbers(
        tx,
        data.lines.map(({ itemId, quantity }) => ({ itemId, sales: quantity })),
      ),
    ),
    on(orderRefunded, (tx, { data }) =>
      changeNumbers(
        tx,
        data.lines.map(({ itemId, quantity }) => ({ itemId, sales: -quantity })),
      ),
    ),
  ],
}
