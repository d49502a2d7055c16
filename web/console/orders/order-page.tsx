import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { phoneText } from '../../ui/format.ts'
import { isOver } from '../../ui/order-over.ts'
import { call } from '../api/call.ts'
import { Badge, Stamp, Won } from '../frame/stamp.tsx'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { Refunds } from '../refunds/refunds.tsx'
import { useWords } from '../words/use-words.ts'
import { ORDER_NEWS, type Order, OrderState, piecesToSend } from './order.tsx'
import { OrderLines } from './order-lines.tsx'
import { PackingSlips } from './packing/packing-slips.tsx'
import { SendParcel } from './send-parcel.tsx'
import { orderWords } from './words.ts'

/** One order: what was bought, where it is, and what can be done with it. */
export function OrderPage() {
  const t = useWords(orderWords)
  const { orderId } = useParams({ from: '/orders/$orderId' })
  const query = useQuery({
    queryKey: ['order', orderId],
    queryFn: () => call('GET /api/orders/:id', { params: { id: orderId } }),
    meta: { live: ORDER_NEWS },
  })
  if (query.data === undefined)
    return (
      <div className="page">
        <h1>{t.title}</h1>
        {query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <Loading />}
      </div>
    )
  const order = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.orderOf(order.orderNumber)}</h1>
        <OrderState of={order} />
        <p className="tools">
          <PackingSlips orders={[order]} />
          <Link to="/payments" search={{ show: 'all', orderId: order.id }}>
            {t.payments}
          </Link>
          <Link to="/orders">{t.title}</Link>
          <Link to="/shipping">{t.shipping}</Link>
        </p>
      </div>
      {order.refundRequestedAt !== null && order.closedAt === null && <p className="note">{t.refundAsked}</p>}
      <div className="side-by-side">
        <Facts order={order} />
        <Amounts order={order} />
      </div>
      <Goods order={order} />
      <div className="side-by-side">
        <Parcels order={order} />
        {order.paidAt !== null && <SendParcel key={piecesToSend(order)} order={order} />}
      </div>
      {order.payment !== null && <Refunds order={order} attemptId={order.payment.attemptId} />}
    </div>
  )
}

function Facts({ order }: { order: Order }) {
  const t = useWords(orderWords)
  const { receiver } = order
  return (
    <section className="panel" aria-labelledby="order-facts">
      <h2 id="order-facts">{t.facts}</h2>
      <dl className="facts">
        <dt>{t.receiver}</dt>
        <dd>
          {receiver.name} · <span className="figures">{phoneText(receiver.phone)}</span>
        </dd>
        <dt>{t.address}</dt>
        <dd>
          ({receiver.address.postalCode}) {receiver.address.city} {receiver.address.detail}
        </dd>
        {receiver.deliveryNote !== null && (
          <>
            <dt>{t.note}</dt>
            <dd>{receiver.deliveryNote}</dd>
          </>
        )}
        <dt>{t.kind}</dt>
        <dd>
          {t.kinds[order.kind]}
          {order.cycleNo !== null && ` · ${t.cycle(order.cycleNo)}`}
        </dd>
        {order.subscriptionId !== null && (
          <>
            <dt>{t.subscription}</dt>
            <dd>
              <Link to="/subscriptions/$subscriptionId" params={{ subscriptionId: order.subscriptionId }}>
                {order.subscriptionId}
              </Link>
            </dd>
          </>
        )}
        <dt>{t.customer}</dt>
        <dd>{order.customerId}</dd>
        <dt>{t.placedAt}</dt>
        <dd>
          <Stamp at={order.placedAt} />
        </dd>
        {!isOver(order) && (
          <>
            <dt>{t.withdrawal}</dt>
            <dd className="figures">{order.withdrawal.anyReasonUntil ?? t.withdrawalNotBegun}</dd>
          </>
        )}
        {order.withdrawal.faultUntil !== null && (
          <>
            <dt>{t.faultWithdrawal}</dt>
            <dd className="figures">{order.withdrawal.faultUntil}</dd>
          </>
        )}
        {order.closedAt !== null && (
          <>
            <dt>{t.closed}</dt>
            <dd>
              <Stamp at={order.closedAt} /> {order.closeReason !== null && t.closeReasons[order.closeReason]}
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

function Amounts({ order: { amounts, paymentState, paidAt, payment } }: { order: Order }) {
  const t = useWords(orderWords)
  return (
    <section className="panel" aria-labelledby="order-amounts">
      <h2 id="order-amounts">{t.amounts}</h2>
      <dl className="facts">
        <dt>{t.originTotal}</dt>
        <dd>
          <Won amount={amounts.originTotal} />
        </dd>
        <dt>{t.discountTotal}</dt>
        <dd>
          <Won amount={amounts.discountTotal === 0 ? 0 : -amounts.discountTotal} />
        </dd>
        {amounts.couponDiscount > 0 && (
          <>
            <dt>{t.couponDiscount}</dt>
            <dd>
              <Won amount={-amounts.couponDiscount} />
            </dd>
          </>
        )}
        <dt>{t.deliveryFee}</dt>
        <dd>
          <Won amount={amounts.deliveryFee} />
        </dd>
        <dt>{t.total}</dt>
        <dd>
          <strong>
            <Won amount={amounts.total} />
          </strong>
        </dd>
        <dt>{t.taxable}</dt>
        <dd>
          <Won amount={amounts.taxable} />{' '}
          <span className="quiet">
            {t.vat} <Won amount={amounts.vat} />
          </span>
        </dd>
        {amounts.taxFree > 0 && (
          <>
            <dt>{t.taxFree}</dt>
            <dd>
              <Won amount={amounts.taxFree} />
            </dd>
          </>
        )}
        <dt>{t.refunded}</dt>
        <dd>
          <Won amount={amounts.refundedTotal} />
        </dd>
        <dt>{t.state}</dt>
        <dd>
          <Badge>{t.paymentStates[paymentState]}</Badge>
        </dd>
        {payment !== null && (
          <>
            <dt>{t.paidAt}</dt>
            <dd>
              <Stamp at={paidAt} />
            </dd>
            <dt>{t.provider}</dt>
            <dd>{payment.provider}</dd>
            <dt>{t.payment}</dt>
            <dd>
              <Link to="/payments/$id" params={{ id: payment.attemptId }}>
                {payment.attemptId}
              </Link>
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

/** Its lines, and the steps that need no number. Repeating one changes nothing, so it may be pressed at once. */
function Goods({ order }: { order: Order }) {
  const t = useWords(orderWords)
  const client = useQueryClient()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const take = async (step: 'prepare' | 'deliver', lineNo?: number) => {
    setRunning(true)
    setError(undefined)
    const input = { params: { id: order.id }, body: lineNo === undefined ? {} : { lines: [lineNo] } }
    try {
      const next =
        step === 'prepare'
          ? await call('POST /api/admin/orders/:id/prepare', input)
          : await call('POST /api/admin/orders/:id/deliver', input)
      client.setQueryData(['order', order.id], next)
      say(t.done[step])
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  return (
    <section className="panel" aria-labelledby="order-goods">
      <h2 id="order-goods">{t.goods}</h2>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <OrderLines order={order} running={running} take={(step, lineNo) => void take(step, lineNo)} />
    </section>
  )
}

function Parcels({ order: { shipments } }: { order: Order }) {
  const t = useWords(orderWords)
  const carriers: Readonly<Record<string, string>> = t.carriers
  return (
    <section className="panel" aria-labelledby="order-parcels">
      <h2 id="order-parcels">{t.shipmentsTitle}</h2>
      {shipments.length === 0 && <p className="quiet">{t.noShipments}</p>}
      {shipments.map(({ id, carrier, trackingNumber, shippedAt, deliveredAt, arrival, lines }) => (
        <dl key={id} className="facts">
          <dt>{t.tracking}</dt>
          <dd>
            {carriers[carrier ?? ''] ?? carrier} <span className="figures">{trackingNumber}</span>
          </dd>
          <dt>{t.contents}</dt>
          <dd>{lines.map(({ lineNo, quantity }) => `${lineNo} × ${quantity}`).join(', ')}</dd>
          <dt>{t.shippedAt}</dt>
          <dd>
            <Stamp at={shippedAt} />
          </dd>
          <dt>{t.deliveredAt}</dt>
          <dd>
            <Stamp at={deliveredAt} /> {arrival === 'counted' && <span className="quiet">{t.counted}</span>}
            {arrival === 'customer' && <span className="quiet">{t.receivedByCustomer}</span>}
          </dd>
        </dl>
      ))}
    </section>
  )
}
