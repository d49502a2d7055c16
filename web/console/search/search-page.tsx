import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { phoneText } from '../../ui/format.ts'
import { Stamp, Won } from '../frame/stamp.tsx'
import { Failed, Loading, Nothing } from '../frame/states.tsx'
import { PaymentBadge } from '../payments/payment-state.tsx'
import { useWords } from '../words/use-words.ts'
import { type Found, find } from './find.ts'
import { searchWords } from './words.ts'

const route = getRouteApi('/search')

/** What is known of a number, a phone, an address or an id. */
export function SearchPage() {
  const t = useWords(searchWords)
  const { q = '' } = route.useSearch()
  const query = useQuery({ queryKey: ['search', q], queryFn: () => find(q) })
  return (
    <div className="page">
      <h1>
        {t.title}: {q}
      </h1>
      <p className="quiet">{t.hint}</p>
      {query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : query.data ? (
        <Results found={query.data} q={q} />
      ) : (
        <Loading />
      )}
    </div>
  )
}

function Results({ found, q }: { found: Found; q: string }) {
  const t = useWords(searchWords)
  const { orders, payments, account, subscriptions } = found
  if (orders.length + payments.length + subscriptions.length === 0 && account === undefined)
    return <Nothing text={t.nothing(q)} />
  return (
    <>
      {account && (
        <section className="panel" aria-label={t.account}>
          <h2>{t.account}</h2>
          <p>
            {account.displayName} · {account.email} · {account.id}
          </p>
        </section>
      )}
      {orders.length > 0 && (
        <Table
          title={t.orders}
          heads={[t.order, t.state, t.total, t.receiver, t.phone, t.placed, t.payments]}
        >
          {orders.map((order) => (
            <tr key={order.id}>
              <td>
                <Link to="/orders/$orderId" params={{ orderId: order.id }}>
                  {order.orderNumber}
                </Link>
              </td>
              <td>{t.orderStates[order.state]}</td>
              <td className="right">
                <Won amount={order.amounts.total} />
              </td>
              <td>{order.receiver?.name ?? '–'}</td>
              <td>{order.receiver?.phone === undefined ? '–' : phoneText(order.receiver.phone)}</td>
              <td>
                <Stamp at={order.placedAt} />
              </td>
              <td>
                <Link to="/payments" search={{ show: 'all', orderId: order.id }}>
                  {t.payments}
                </Link>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {payments.length > 0 && (
        <Table title={t.payments} heads={[t.payment, t.state, t.total, t.provider, t.placed]}>
          {payments.map((payment) => (
            <tr key={payment.id}>
              <td>
                <Link to="/payments/$id" params={{ id: payment.id }}>
                  {payment.id}
                </Link>
              </td>
              <td>
                <PaymentBadge state={payment.state} />
              </td>
              <td className="right">
                <Won amount={payment.total} />
              </td>
              <td>{payment.provider}</td>
              <td>
                <Stamp at={payment.createdAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {subscriptions.length > 0 && (
        <Table title={t.subscriptions} heads={[t.subscriptions, t.state, t.started]}>
          {subscriptions.map((subscription) => (
            <tr key={subscription.id}>
              <td>{subscription.id}</td>
              <td>{subscription.state}</td>
              <td>
                <Stamp at={subscription.startedAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  )
}

function Table({ title, heads, children }: { title: string; heads: readonly string[]; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}
