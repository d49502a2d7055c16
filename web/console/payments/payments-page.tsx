import { getRouteApi, Link } from '@tanstack/react-router'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Stamp, Won } from '../frame/stamp.tsx'
import type { Asked, Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { PAYMENT_STATES, PaymentBadge, stateOf } from './payment-state.tsx'
import { Proposals } from './proposals.tsx'
import { paymentWords } from './words.ts'

type Payment = AnswerOf<'GET /api/admin/payments'>['data'][number]

const route = getRouteApi('/payments')
const keyOf = ({ id }: Payment) => id
const linkOf = ({ id }: Payment) => `/payments/${id}`

/** Payments of which nobody knows what became of them, and the decisions that wait for a second person. */
export function PaymentsPage() {
  const t = useWords(paymentWords)
  const { show, orderId } = route.useSearch()
  const columns: Column<Payment>[] = [
    { id: 'id', header: t.id, text: ({ id }) => id, cell: ({ id }) => id.slice(-12) },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => state,
      cell: ({ state }) => <PaymentBadge state={state} />,
    },
    {
      id: 'total',
      header: t.total,
      text: ({ total }) => total,
      cell: ({ total }) => <Won amount={total} />,
      isNumeric: true,
    },
    { id: 'provider', header: t.provider, text: ({ provider }) => provider },
    {
      id: 'origin',
      header: t.origin,
      text: ({ origin }) => t.origins[origin],
    },
    {
      id: 'review',
      header: t.needsReview,
      text: ({ needsReview, refunds }) =>
        needsReview || refunds.some((refund) => refund.needsReview) ? t.yes : '',
    },
    { id: 'looks', header: t.looks, text: ({ looks }) => looks, isNumeric: true },
    {
      id: 'sent',
      header: t.sentAt,
      text: ({ sentAt }) => (sentAt === null ? '' : stampText(sentAt)),
      cell: ({ sentAt }) => <Stamp at={sentAt} />,
    },
    {
      id: 'order',
      header: t.order,
      text: ({ orderId }) => orderId,
      cell: ({ orderId }) => (
        <Link to="/orders/$orderId" params={{ orderId }}>
          {orderId.slice(-12)}
        </Link>
      ),
    },
  ]
  const filters: Filter[] = [
    {
      name: 'show',
      label: t.show,
      kind: 'choice',
      initially: 'unknown',
      choices: (['unknown', 'review', 'all'] as const).map((value) => ({ value, label: t.views[value] })),
    },
    ...(show === 'all'
      ? [
          {
            name: 'state',
            label: t.state,
            kind: 'choice' as const,
            choices: PAYMENT_STATES.map((value) => ({ value, label: t.states[value] })),
          },
        ]
      : []),
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      {orderId === undefined ? (
        <Proposals />
      ) : (
        <p>
          {t.onlyOf}{' '}
          <Link to="/orders/$orderId" params={{ orderId }}>
            {orderId}
          </Link>{' '}
          · <Link to="/payments">{t.everyOrder}</Link>
        </p>
      )}
      <ServerTable
        name="payments"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        linkOf={linkOf}
        live={['shop.payment.', 'shop.order.']}
        load={load}
      />
    </div>
  )
}

function load({ after, size, filter }: Asked) {
  const show = filter('show') ?? 'unknown'
  const shared = { after, size, orderId: filter('orderId') }
  if (show === 'unknown') return call('GET /api/admin/payments', { query: { ...shared, state: 'unknown' } })
  if (show === 'review') return call('GET /api/admin/payments', { query: { ...shared, needsReview: true } })
  return call('GET /api/admin/payments', { query: { ...shared, state: stateOf(filter('state') ?? '') } })
}
