import { phoneText, stampText, wonText } from '../../ui/format.ts'
import type { AnswerOf, InputOf } from '../api/call.ts'
import { Badge, Stamp, type Tone, Won } from '../frame/stamp.tsx'
import type { Asked, Column, Filter } from '../table/columns.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { orderWords } from './words.ts'

export type Order = AnswerOf<'GET /api/orders/:id'>
export type Line = Order['lines'][number]
export type Carrier = InputOf<'POST /api/admin/orders/:id/ship'>['body']['carrier']

/** What an order is asked for again after. */
export const ORDER_NEWS = ['shop.order.', 'shop.payment.']

const TONES: Readonly<Record<Order['state'], Tone>> = {
  awaiting_payment: 'plain',
  paid: 'waiting',
  preparing: 'waiting',
  shipped: 'good',
  delivered: 'good',
  cancelled: 'plain',
  expired: 'plain',
  partially_refunded: 'bad',
  refunded: 'bad',
}

export function OrderState({ of: { state } }: { of: Pick<Order, 'state'> }) {
  const t = useWords(orderWords)
  return <Badge tone={TONES[state]}>{t.states[state]}</Badge>
}

/** States that orders on a list can have. */
const STATES_OF: Readonly<Record<'toSend' | 'onTheWay', readonly string[]>> = {
  toSend: ['paid', 'preparing', 'shipped', 'partially_refunded'],
  onTheWay: ['shipped', 'partially_refunded'],
}

export const keyOfOrder = ({ id }: Order) => id
export const linkOfOrder = ({ id }: Order) => `/orders/${id}`

/** Pieces that wait to be sent; none while the money is on its way back. */
export function piecesToSend({ lines, paidAt, closedAt, refundRequestedAt }: Order): number {
  if (paidAt === null || closedAt !== null || refundRequestedAt !== null) return 0
  return lines.reduce((sum, { delivery }) => sum + delivery.toSend, 0)
}

/** Numbers of the parcels that have not arrived. */
const trackingOf = ({ shipments }: Order) =>
  shipments.flatMap((one) => (one.deliveredAt === null ? (one.trackingNumber ?? []) : [])).join(', ')

const addressOf = ({ receiver: { address } }: Order) => `${address.city} ${address.detail}`

type OrderList = 'all' | 'toSend' | 'onTheWay'

export function useOrderColumns(which: OrderList): Column<Order>[] {
  const t = useWords(orderWords)
  const language = useLanguage()
  const items = ({ lines }: Order) => t.andMore(lines[0]?.name ?? '', lines.length - 1)
  const common: Column<Order>[] = [
    {
      id: 'number',
      header: t.number,
      text: ({ orderNumber }) => orderNumber,
      cell: ({ orderNumber }) => <span className="figures">{orderNumber}</span>,
    },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: (o) => <OrderState of={o} />,
    },
    { id: 'receiver', header: t.receiver, text: ({ receiver }) => receiver.name },
    {
      id: 'phone',
      header: t.phone,
      text: ({ receiver }) => phoneText(receiver.phone),
      cell: ({ receiver }) => <span className="figures">{phoneText(receiver.phone)}</span>,
    },
    {
      id: 'items',
      header: t.items,
      text: items,
      cell: (order) => <p className="wide-cell">{items(order)}</p>,
    },
  ]
  if (which === 'toSend')
    return [
      ...common,
      { id: 'waiting', header: t.waiting, text: piecesToSend, isNumeric: true },
      {
        id: 'address',
        header: t.address,
        text: addressOf,
        cell: (order) => <p className="wide-cell">{addressOf(order)}</p>,
      },
      {
        id: 'paidAt',
        header: t.paidAt,
        text: ({ paidAt }) => (paidAt === null ? '' : stampText(paidAt)),
        cell: ({ paidAt }) => <Stamp at={paidAt} />,
      },
    ]
  if (which === 'onTheWay')
    return [
      ...common,
      { id: 'tracking', header: t.tracking, text: trackingOf },
      {
        id: 'shippedAt',
        header: t.shippedAt,
        text: ({ shippedAt }) => (shippedAt === null ? '' : stampText(shippedAt)),
        cell: ({ shippedAt }) => <Stamp at={shippedAt} />,
      },
    ]
  return [
    ...common,
    {
      id: 'total',
      header: t.total,
      text: ({ amounts }) => amounts.total,
      cell: ({ amounts }) => <Won amount={amounts.total} />,
      isNumeric: true,
    },
    {
      id: 'refunded',
      header: t.refunded,
      text: ({ amounts }) => amounts.refundedTotal,
      cell: ({ amounts }) => (amounts.refundedTotal > 0 ? wonText(amounts.refundedTotal, language) : '–'),
      isNumeric: true,
    },
    {
      id: 'placedAt',
      header: t.placedAt,
      text: ({ placedAt }) => stampText(placedAt),
      cell: ({ placedAt }) => <Stamp at={placedAt} />,
    },
  ]
}

export function useOrderFilters(which: OrderList): Filter[] {
  const t = useWords(orderWords)
  const shown = Object.entries(t.states).filter(
    ([state]) => which === 'all' || STATES_OF[which].includes(state),
  )
  return [
    { name: 'number', label: t.number, kind: 'text' },
    { name: 'receiver', label: t.receiver, kind: 'text' },
    { name: 'phone', label: t.phone, kind: 'text' },
    { name: 'item', label: t.item, kind: 'text' },
    {
      name: 'state',
      label: t.state,
      kind: 'choice',
      choices: shown.map(([value, label]) => ({ value, label })),
    },
    ...(which === 'all'
      ? ([
          { name: 'from', label: t.from, kind: 'date' },
          { name: 'to', label: t.to, kind: 'date' },
        ] as const)
      : []),
  ]
}

const STATES = Object.keys(TONES) as Order['state'][]

/** What the filters of a list of orders ask the API for. */
export function askedOrders({ page, size, filter }: Asked) {
  return {
    page,
    size,
    number: filter('number'),
    receiver: filter('receiver'),
    phone: filter('phone'),
    item: filter('item'),
    state: STATES.find((state) => state === filter('state')),
  }
}
