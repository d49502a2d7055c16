import type { OrderView } from '../../../src/shop/orders/index.ts'
import type { PaymentView } from '../../../src/shop/payments/index.ts'
import { wonText } from '../../ui/format.ts'
import { Facts } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'

type Line = OrderView['lines'][number]

/** Money for it is with us. */
export const PAID: readonly string[] = ['paid', 'preparing', 'shipped', 'delivered', 'partially_refunded']

/** What has become of the pieces of a line that are not simply on their way. */
export function LineNews({ visit, line }: { visit: Visit; line: Line }) {
  const { words, language } = visit
  const { cancelled, returned, claimed } = line.delivery
  const news = [
    ...(cancelled > 0 ? [words.orders.lineCancelled(cancelled)] : []),
    ...(returned > 0 ? [words.orders.lineReturned(returned)] : []),
    ...(claimed > 0 ? [words.buying.returns.inRequest(claimed)] : []),
    ...(line.refund.amount > 0 ? [words.orders.lineRefund(wonText(line.refund.amount, language))] : []),
  ]
  return news.length > 0 ? <span className="quiet">{news.join(' · ')}</span> : null
}

/** Two taps for a line, or for some of its pieces, that have not left. The whole order has a form of its own. */
export function CancelLineForm({
  visit,
  order,
  line,
  cancelKey,
}: {
  visit: Visit
  order: OrderView
  line: Line
  cancelKey: string
}) {
  const { words } = visit
  const { toSend } = line.delivery
  const isWhole = order.lines.length === 1 && toSend === 1 && order.shipments.length === 0
  const isPaid = PAID.includes(order.state) && order.refundRequestedAt === null && order.kind === 'purchase'
  if (!isPaid || toSend === 0 || isWhole) return null
  return (
    <details className="danger">
      <summary>
        {words.orders.cancelLine}
        <span className="unseen"> {line.name}</span>
      </summary>
      <form action={visit.to(`/orders/${order.id}/lines/${line.lineNo}/cancel`)} method="post" data-once="">
        <p>{words.orders.cancelLineText}</p>
        <input type="hidden" name="key" value={`${cancelKey}-${line.lineNo}`} />
        <label htmlFor={`cancel-${line.lineNo}`}>{words.orders.cancelPieces}</label>
        <input
          id={`cancel-${line.lineNo}`}
          type="number"
          name="quantity"
          defaultValue={toSend}
          min={1}
          max={toSend}
          required
          inputMode="numeric"
        />
        <button className="button red" type="submit">
          {words.orders.cancelDo}
        </button>
      </form>
    </details>
  )
}

/** What was asked back, and how far each of it is. */
export function Refunds({ visit, payments }: { visit: Visit; payments: readonly PaymentView[] }) {
  const { words, language } = visit
  const refunds = payments.flatMap((payment) => payment.refunds)
  if (refunds.length === 0) return null
  return (
    <section className="box">
      <h2>{words.orders.refunds}</h2>
      {refunds.map(({ id, amount, state }) => (
        <Facts key={id} rows={[[wonText(amount, language), words.orders.refundStates[state]]]} />
      ))}
    </section>
  )
}
