import type { OrderView } from '../../../src/shop/orders/index.ts'
import { dayText } from '../../ui/format.ts'
import { Amount, pictureOf } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'

/** What people are told of an order's state: that money is on its way back comes first. */
export function stateText({ words }: Visit, order: OrderView): string {
  const isOver = order.state === 'refunded' || order.state === 'cancelled'
  return order.refundRequestedAt !== null && !isOver
    ? words.orders.refunding
    : words.orders.states[order.state]
}

/** Orders, each by its first line and its state. */
export function OrderList({ visit, orders }: { visit: Visit; orders: readonly OrderView[] }) {
  const { words, language } = visit
  return (
    <ul className="cards">
      {orders.map((order) => {
        const [first] = order.lines
        return (
          <li key={order.id} className="box">
            <p className="card-head">
              <span>{dayText(order.placedAt, language)}</span>
              <span className={`state ${order.state}`}>{stateText(visit, order)}</span>
            </p>
            <a className="line" href={visit.to(`/orders/${order.id}`)}>
              {first && <img src={pictureOf(first.itemId)} alt="" width="80" height="80" loading="lazy" />}
              <span className="line-text">
                <span className="brand">{first?.enterprise}</span>
                <span className="name">
                  {first?.name}
                  {order.lines.length > 1 && words.orders.andMore(order.lines.length - 1)}
                </span>
                <span className="quiet">
                  {words.orders.pieces(order.itemCount)}
                  {order.kind === 'cycle' && ` · ${words.item.subscribe}`}
                </span>
              </span>
              <strong>
                <Amount won={order.amounts.total} language={language} />
              </strong>
            </a>
          </li>
        )
      })}
    </ul>
  )
}
