import { randomUUID } from 'node:crypto'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import type { OrderView } from '../../../src/shop/orders/index.ts'
import type { PaymentView } from '../../../src/shop/payments/index.ts'
import { wrongOf } from '../../ui/field.tsx'
import { dayText } from '../../ui/format.ts'
import { Nothing, Pager } from '../../ui/parts.tsx'
import { receiptIn } from '../buying/cash-receipt.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import { pay, providerIn } from '../shop/checkout.tsx'
import { OrderDetail, type Said } from './order-detail.tsx'
import { OrderList } from './order-list.tsx'

const PAGE_SIZE = 10

/** One's own orders: the list, each with what can be done about it. */
export function orderPages(site: Site): void {
  const { world } = site
  site.signedIn('GET', '/orders', async (visit, actor) => {
    const page = pageIn(visit.query, 100_000)
    const { orders, totalElements } = await world.orders.pages.list(actor, { page, size: PAGE_SIZE })
    return listOf(visit, orders, page, Math.ceil(totalElements / PAGE_SIZE))
  })
  site.signedIn('GET', '/orders/:id', async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const payments = await world.payments.pages.ofOrder(actor, id)
    const order = await world.orders.pages.get(actor, id)
    if (order.kind === 'refused') return order
    const code = visit.query.get('trouble')
    const title = code === null ? undefined : world.problems[code]?.title
    return detailOf(site, visit, actor, order, payments, {
      ...(code === null
        ? {}
        : { trouble: `${visit.words.orders.payTrouble} ${title ? visit.say(title) : ''}`.trim() }),
      ...doneOf(visit, order),
    })
  })
  site.signedIn('POST', '/orders/:id/cancel', async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const order = await world.orders.pages.cancel({ orderId: id, actor })
    if (order.kind !== 'refused') return to(`/orders/${id}?done=cancelled`)
    const current = await world.orders.pages.get(actor, id)
    if (current.kind === 'refused') return order
    const payments = await world.payments.pages.ofOrder(actor, id)
    return detailOf(site, visit, actor, current, payments, { trouble: site.saying(visit, order) }, 409)
  })
  site.signedIn('POST', '/orders/:id/lines/:lineNo/cancel', async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const again = async (refusal: Refused, trouble: string, status: number) => {
      const current = await world.orders.pages.get(actor, id)
      if (current.kind === 'refused') return refusal
      const payments = await world.payments.pages.ofOrder(actor, id)
      return detailOf(site, visit, actor, current, payments, { trouble }, status)
    }
    const quantity = piecesIn(visit.form)
    // Left out it would mean all of them, which nobody has asked for here.
    if (quantity === undefined) return again(refused('not_found'), visit.words.orders.cancelPiecesWrong, 422)
    const lineNo = Number(visit.params.lineNo)
    const order = await world.orders.pages.cancelLine({
      actor,
      orderId: id,
      lineNo: Number.isSafeInteger(lineNo) ? lineNo : 0,
      quantity,
      idempotencyKey: keyIn(visit.form),
    })
    if (order.kind !== 'refused') return to(`/orders/${id}?done=line-cancelled`)
    return again(order, site.saying(visit, order), 409)
  })
  site.signedIn('POST', '/orders/:id/shipments/:shipmentId/received', async (visit, actor) => {
    const [orderId, shipmentId] = [idOf(visit.params.id), idOf(visit.params.shipmentId)]
    if (orderId === undefined || shipmentId === undefined) return refused('not_found')
    const there = await world.orders.pages.confirmArrival({ actor, orderId, shipmentId })
    if (there.kind === 'refused') return there
    return to(there.changed ? `/orders/${orderId}?done=received` : `/orders/${orderId}`)
  })
  site.signedIn('POST', '/orders/:id/pay', async (visit, actor) => {
    const id = idOf(visit.params.id)
    const provider = providerIn(world, visit.form.get('provider'))
    if (id === undefined || provider === undefined) return refused('not_found')
    const receipt = receiptIn(visit.form)
    const checked = receipt && world.payments.pages.checkReceipt(receipt)
    if (checked?.kind === 'refused') {
      const current = await world.orders.pages.get(actor, id)
      if (current.kind === 'refused') return current
      const payments = await world.payments.pages.ofOrder(actor, id)
      const typed = { provider, receipt, wrong: wrongOf(visit, checked) }
      return detailOf(
        site,
        visit,
        actor,
        current,
        payments,
        { trouble: visit.words.errors.check, typed },
        422,
      )
    }
    const key = keyIn(visit.form)
    site.browser.rememberLanguage(visit.reply, visit.language)
    return pay(world, visit, actor, { orderId: id, provider, key, receipt })
  })
}

/** How many pieces a form names: a whole number from 1, in digits. */
function piecesIn(form: URLSearchParams): number | undefined {
  const typed = form.get('quantity')?.trim() ?? ''
  return /^[1-9]\d{0,8}$/.test(typed) ? Number(typed) : undefined
}

function doneOf({ query, words, language }: Visit, order: OrderView): { done?: string } {
  const until = order.withdrawal.anyReasonUntil
  switch (query.get('done')) {
    case 'cancelled':
      return { done: words.orders.cancelled }
    case 'line-cancelled':
      return { done: words.orders.lineCancelDone }
    case 'received':
      return { done: words.orders.receivedDone(until === null ? null : dayText(until, language)) }
    case 'return-asked':
      return { done: words.buying.returns.done }
    case 'return-cancelled':
      return { done: words.buying.returns.cancelled }
    default:
      return {}
  }
}

function listOf(visit: Visit, orders: readonly OrderView[], page: number, pages: number): PageAnswer {
  const { words } = visit
  return shown({
    title: words.orders.title,
    tab: 'my',
    body: (
      <div className="wide">
        <h1>{words.orders.title}</h1>
        {orders.length === 0 ? (
          <Nothing
            title={words.orders.none}
            hint={words.orders.noneHint}
            action={
              <a className="button" href={visit.to('/items')}>
                {words.home.toBest}
              </a>
            }
          />
        ) : (
          <OrderList visit={visit} orders={orders} />
        )}
        <Pager
          visit={visit}
          page={page}
          pages={pages}
          href={(number) => visit.to(`/orders?page=${number}`)}
        />
      </div>
    ),
  })
}

async function detailOf(
  site: Site,
  visit: Visit,
  actor: Actor,
  order: OrderView,
  payments: readonly PaymentView[],
  said: Said,
  status = 200,
): Promise<PageAnswer> {
  const [reviewed, returns, boughtUnder] = await Promise.all([
    site.world.reviews.pages.reviewedLines(actor, order.id),
    site.world.orders.pages.returnsOf(actor, order.id),
    // A delivery of a subscription keeps to what that was begun under; its own page says it.
    order.kind === 'cycle'
      ? []
      : site.world.identity.legal.boughtUnder(Temporal.Instant.from(order.placedAt)),
  ])
  return shown({
    title: `${visit.words.orders.detail} ${order.orderNumber}`,
    status,
    tab: 'my',
    leadsToProvider: true,
    body: (
      <OrderDetail
        world={site.world}
        visit={visit}
        order={order}
        payments={payments}
        reviewed={reviewed}
        returns={'code' in returns ? [] : returns}
        boughtUnder={boughtUnder}
        said={said}
        payKey={randomUUID()}
      />
    ),
  })
}
