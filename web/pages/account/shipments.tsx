import type { OrderView } from '../../../src/shop/orders/index.ts'
import { dayText } from '../../ui/format.ts'
import type { Visit } from '../frame/visit.ts'

type Shipment = OrderView['shipments'][number]

/** Where each carrier shows what has become of a parcel. */
const TRACKING: Readonly<Record<string, string>> = {
  cj_logistics: 'https://trace.cjlogistics.com/next/tracking.html?wblNo=',
  hanjin: 'https://www.hanjin.com/kor/CMS/DeliveryMgr/WaybillResult.do?mCode=MN038&schLang=KR&wblnumText2=',
  lotte: 'https://www.lotteglogis.com/home/reservation/tracking/linkView?InvNo=',
  logen: 'https://www.ilogen.com/web/personal/trace/',
  korea_post: 'https://service.epost.go.kr/trace.RetrieveDomRigiTraceList.comm?sid1=',
}

/** The parcels of an order: with whom each travels, what is in it, and where to follow it. */
export function Shipments({
  visit,
  order,
  countedAfterDays,
  today,
}: {
  visit: Visit
  order: OrderView
  countedAfterDays: number
  today: Temporal.PlainDate
}) {
  const { words } = visit
  if (order.shipments.length === 0) return null
  return (
    <section className="box">
      <h2>{words.orders.parcels}</h2>
      <ol className="lines-list">
        {order.shipments.map((shipment, index) => (
          <li key={shipment.id} className="parcel">
            <p className="card-head">
              <strong>{words.orders.parcel(index + 1)}</strong>
              <span className={`state ${parcelLook(order, shipment)}`}>
                {parcelState(visit, order, shipment)}
              </span>
            </p>
            <Carrier visit={visit} shipment={shipment} />
            <ul className="quiet">
              {shipment.lines.map(({ lineNo, quantity }) => (
                <li key={lineNo}>
                  {order.lines.find((line) => line.lineNo === lineNo)?.name} · {words.orders.pieces(quantity)}
                </li>
              ))}
            </ul>
            {canBeSaid(order, shipment, today) && (
              <Received visit={visit} order={order} shipment={shipment} days={countedAfterDays} />
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function parcelLook(order: OrderView, shipment: Shipment): string {
  if (shipment.deliveredAt !== null) return 'delivered'
  return isWaitedFor(order, shipment) ? 'shipped' : 'refunded'
}

function parcelState({ words, language }: Visit, order: OrderView, shipment: Shipment): string {
  const { shippedAt, deliveredAt, arrival } = shipment
  if (deliveredAt === null) {
    const { parcelSent, parcelPaidBack } = words.orders
    return (isWaitedFor(order, shipment) ? parcelSent : parcelPaidBack)(dayText(shippedAt, language))
  }
  const day = dayText(deliveredAt, language)
  return arrival === 'counted' ? words.orders.parcelCounted(day) : words.orders.parcelArrived(day)
}

/** While nobody else did, or as long as what only counts as arrived can be put right; not of what was paid back. */
function canBeSaid(order: OrderView, shipment: Shipment, today: Temporal.PlainDate): boolean {
  const { deliveredAt, correctableUntil } = shipment
  const isOpen =
    deliveredAt === null ||
    (correctableUntil !== null && Temporal.PlainDate.compare(today, correctableUntil) <= 0)
  return isOpen && isWaitedFor(order, shipment)
}

/** Of what is paid back whole nobody waits for the parcel. */
function isWaitedFor(order: OrderView, { lines }: Shipment): boolean {
  const isOpen = lines.some(({ lineNo }) => {
    const line = order.lines.find((one) => one.lineNo === lineNo)
    return line !== undefined && line.refund.pieces < line.quantity
  })
  return isOpen && order.state !== 'refunded'
}

/** Its customer says that it is there. */
function Received({
  visit,
  order,
  shipment: { id, deliveredAt },
  days,
}: {
  visit: Visit
  order: OrderView
  shipment: Shipment
  days: number
}) {
  const t = visit.words.orders
  return (
    <form action={visit.to(`/orders/${order.id}/shipments/${id}/received`)} method="post" data-once="">
      <p className="hint">{deliveredAt === null ? t.countedLater(days) : t.countedHint(days)}</p>
      <button className="button small plain" type="submit">
        {t.received}
      </button>
    </form>
  )
}

function Carrier({ visit, shipment }: { visit: Visit; shipment: Shipment }) {
  const { carrier, trackingNumber } = shipment
  if (carrier === null || trackingNumber === null) return null
  const names: Readonly<Record<string, string>> = visit.words.orders.carriers
  const address = TRACKING[carrier]
  return (
    <p>
      {names[carrier] ?? carrier} {trackingNumber}{' '}
      {address !== undefined && (
        <a href={`${address}${encodeURIComponent(trackingNumber)}`} target="_blank" rel="noreferrer">
          {visit.words.orders.track}
          <span className="unseen"> {trackingNumber}</span>
        </a>
      )}
    </p>
  )
}
