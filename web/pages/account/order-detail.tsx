import type { LegalText } from '../../../src/identity/index.ts'
import type { OrderView, ReturnView } from '../../../src/shop/orders/index.ts'
import type { PaymentView, ProviderName } from '../../../src/shop/payments/index.ts'
import type { Wrong } from '../../ui/field.tsx'
import { dayText, momentText, phoneText, wonText } from '../../ui/format.ts'
import { isOver } from '../../ui/order-over.ts'
import { Amount, Facts, Notice, pictureOf } from '../../ui/parts.tsx'
import { ReceiptChoice, type ReceiptForm, ReceiptOfOrder } from '../buying/cash-receipt.tsx'
import { OrderReturns } from '../buying/returns.tsx'
import { ReorderForm } from '../cart/reorder.tsx'
import type { Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import { BoughtUnder } from '../legal/bought-under.tsx'
import { ProviderChoice } from '../shop/checkout-form.tsx'
import { CancelLineForm, LineNews, PAID, Refunds } from './cancel-line.tsx'
import { stateText } from './order-list.tsx'
import { Shipments } from './shipments.tsx'

const STEPS = ['paid', 'preparing', 'shipped', 'delivered'] as const

/** What the page says beside the order; `typed`: how it was to be paid, where that has to be put right. */
export interface Said {
  trouble?: string
  done?: string
  typed?: { provider: ProviderName; receipt: ReceiptForm | undefined; wrong: Wrong }
}

/** One order with its parcels and payments, and what can still be done with it. */
export function OrderDetail({
  world,
  visit,
  order,
  payments,
  reviewed,
  returns,
  boughtUnder,
  said,
  payKey,
}: {
  world: World
  visit: Visit
  order: OrderView
  payments: readonly PaymentView[]
  /** Numbers of the lines that have their review. */
  reviewed: readonly number[]
  /** What was asked back of it. */
  returns: readonly ReturnView[]
  boughtUnder: readonly LegalText[]
  said: Said
  payKey: string
}) {
  const { words, language } = visit
  const { amounts, receiver } = order
  const ownDiscount = amounts.discountTotal - amounts.couponDiscount
  const latest = payments[0]
  const isConfirming = payments.some(({ state }) => state === 'processing')
  return (
    <div className="wide order-page">
      <h1>{words.orders.detail}</h1>
      {said.trouble && <Notice kind="wrong">{said.trouble}</Notice>}
      {said.done && <Notice kind="done">{said.done}</Notice>}
      {isConfirming && <Notice kind="wait">{words.result.processingText}</Notice>}
      <section className="box">
        <p className="card-head">
          <strong className={`state ${order.state}`}>{stateText(visit, order)}</strong>
          <span className="quiet">{order.orderNumber}</span>
        </p>
        <Steps visit={visit} order={order} />
        <ul className="lines-list">
          {order.lines.map((line) => (
            <li key={line.lineNo} className="line">
              <img src={pictureOf(line.itemId)} alt="" width="80" height="80" />
              <div className="line-text">
                <span className="brand">{line.enterprise}</span>
                <a className="name" href={visit.to(`/items/${line.itemId}`)}>
                  {line.name}
                </a>
                <span className="quiet">
                  {words.orders.pieces(line.quantity)}
                  {line.subscription &&
                    ` · ${words.item.subscribe} ${words.item.every(line.subscription.unit, line.subscription.count)}`}
                  {line.taxFree && ` · ${words.orders.taxFree}`}
                </span>
                <LineNews visit={visit} line={line} />
                {PAID.includes(order.state) && !reviewed.includes(line.lineNo) && (
                  <a
                    className="review-link"
                    href={visit.to(`/reviews/new?order=${order.id}&line=${line.lineNo}`)}
                  >
                    {words.around.reviews.write}
                  </a>
                )}
              </div>
              <strong>
                <Amount won={line.lineTotal} language={language} />
              </strong>
              <CancelLineForm visit={visit} order={order} line={line} cancelKey={payKey} />
            </li>
          ))}
        </ul>
        <ReorderForm visit={visit} order={order} formKey={payKey} />
        {order.subscriptionId !== null && (
          <p>
            {words.orders.cycleOf}{' '}
            <a href={visit.to(`/subscriptions/${order.subscriptionId}`)}>{words.orders.toSubscription}</a>
          </p>
        )}
      </section>
      <Shipments
        visit={visit}
        order={order}
        countedAfterDays={world.orders.pages.arrivalTerms.countedAfterDays}
        today={world.clock.today()}
      />
      <Refunds visit={visit} payments={payments} />
      <ReceiptOfOrder visit={visit} payments={payments} />
      <OrderReturns visit={visit} order={order} returns={returns} />
      {order.state === 'awaiting_payment' && !isConfirming && (
        <section className="box">
          <h2>{words.orders.payNow}</h2>
          {order.expiresAt !== null && <p>{words.orders.payBy(momentText(order.expiresAt, language))}</p>}
          <form action={visit.to(`/orders/${order.id}/pay`)} method="post" data-once="">
            <input type="hidden" name="key" value={payKey} />
            <ProviderChoice
              world={world}
              visit={visit}
              chosen={said.typed?.provider ?? latest?.provider ?? null}
            />
            {order.lines.every(({ subscription }) => !subscription) && (
              <ReceiptChoice
                world={world}
                visit={visit}
                chosen={said.typed?.receipt}
                wrong={said.typed?.wrong}
              />
            )}
            <button className="button wide-button" type="submit">
              {words.checkout.pay(wonText(amounts.total, language))}
            </button>
          </form>
        </section>
      )}
      <div className="two">
        <section className="box">
          <h2>{words.orders.payment}</h2>
          <Facts
            rows={[
              [words.checkout.goods, wonText(amounts.originTotal, language)],
              [words.checkout.discount, ownDiscount > 0 ? `−${wonText(ownDiscount, language)}` : null],
              [
                words.buying.coupons.one,
                amounts.couponDiscount > 0 ? `−${wonText(amounts.couponDiscount, language)}` : null,
              ],
              [
                words.checkout.delivery,
                amounts.deliveryFee > 0 ? wonText(amounts.deliveryFee, language) : words.checkout.free,
              ],
              [
                words.checkout.total,
                <strong key="total">
                  <Amount won={amounts.total} language={language} />
                </strong>,
              ],
              [words.orders.taxable, wonText(amounts.taxable, language)],
              [words.orders.taxFree, amounts.taxFree > 0 ? wonText(amounts.taxFree, language) : null],
              [words.orders.vat, wonText(amounts.vat, language)],
              [
                words.orders.refunded,
                amounts.refundedTotal > 0 ? wonText(amounts.refundedTotal, language) : null,
              ],
              [words.result.method, order.payment ? methodText(visit, order.payment.provider, latest) : null],
              [words.orders.paidAt, order.paidAt === null ? null : momentText(order.paidAt, language)],
            ]}
          />
        </section>
        {receiver.name !== '' && (
          <section className="box">
            <h2>{words.checkout.receiver}</h2>
            <Facts
              rows={[
                [words.checkout.receiverName, receiver.name],
                [words.account.phone, phoneText(receiver.phone)],
                [
                  words.account.address,
                  `(${receiver.address.postalCode}) ${receiver.address.city} ${receiver.address.detail}`,
                ],
                [words.checkout.note, receiver.deliveryNote],
                [words.orders.placed, dayText(order.placedAt, language)],
              ]}
            />
          </section>
        )}
      </div>
      {order.consentVersion !== null && (
        <p>
          <a href={visit.to(`/consents/${order.consentVersion}`)}>{words.orders.consent}</a>
        </p>
      )}
      <BoughtUnder visit={visit} texts={boughtUnder} />
      {!isOver(order) && <p className="quiet">{words.orders.withdrawal}</p>}
      <CancelForm visit={visit} order={order} />
    </div>
  )
}

function methodText({ words }: Visit, provider: string, payment: PaymentView | undefined): string {
  const names: Readonly<Record<string, string>> = words.providers
  const name = names[provider] ?? provider
  return payment?.method && payment.method !== name ? `${name} · ${payment.method}` : name
}

function Steps({ visit, order }: { visit: Visit; order: OrderView }) {
  const steps: readonly string[] = STEPS
  const at = steps.indexOf(order.state)
  if (at === -1) return null
  return (
    <ol className="steps" aria-label={visit.words.orders.steps}>
      {STEPS.map((step, index) => (
        <li
          key={step}
          className={index <= at ? 'reached' : undefined}
          aria-current={index === at ? 'step' : undefined}
        >
          {visit.words.orders.states[step]}
        </li>
      ))}
    </ol>
  )
}

/** Paid for, at least in part, and perhaps still in the house. */
const CANCELLABLE: readonly OrderView['state'][] = ['paid', 'preparing', 'partially_refunded']

/** Two taps, and what will happen in between. */
function CancelForm({ visit, order }: { visit: Visit; order: OrderView }) {
  const { words } = visit
  const isOpen = order.state === 'awaiting_payment'
  const canCancel =
    isOpen ||
    (CANCELLABLE.includes(order.state) && order.shipments.length === 0 && order.refundRequestedAt === null)
  if (!canCancel || order.kind === 'cycle') return null
  return (
    <details className="danger">
      <summary>{words.orders.cancel}</summary>
      <form action={visit.to(`/orders/${order.id}/cancel`)} method="post" data-once="">
        <p>{isOpen ? words.orders.cancelUnpaidText : words.orders.cancelText}</p>
        <button className="button red" type="submit">
          {words.orders.cancelDo}
        </button>
      </form>
    </details>
  )
}
