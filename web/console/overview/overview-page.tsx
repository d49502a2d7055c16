import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useId, useMemo } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Chart } from '../frame/chart.tsx'
import { Count, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { Attention } from './attention.tsx'
import { Delivery, Providers } from './machinery.tsx'
import { overviewWords } from './words.ts'

const route = getRouteApi('/overview')
const CHOICES = [7, 30, 92] as const
const USUAL_DAYS = 30

/** How the business goes, and what waits for somebody. */
export function OverviewPage() {
  const t = useWords(overviewWords)
  const id = useId()
  const navigate = useNavigate()
  const asked = Number(route.useSearch().days)
  const days = CHOICES.find((choice) => choice === asked) ?? USUAL_DAYS
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <label htmlFor={id}>{t.days}</label>
          <select
            id={id}
            value={days}
            onChange={(event) => void navigate({ to: '/overview', search: { days: event.target.value } })}
          >
            {CHOICES.map((choice) => (
              <option key={choice} value={choice}>
                {t.lastDays(choice)}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Figures days={days} />
      <div className="side-by-side">
        <Providers />
        <Delivery />
      </div>
    </div>
  )
}

function useFigures(days: number) {
  const query = { days }
  const orders = useQuery({
    queryKey: ['figures', 'orders', days],
    queryFn: () => call('GET /api/admin/figures/orders', { query }),
    meta: { live: ['shop.order.'] },
  })
  const payments = useQuery({
    queryKey: ['figures', 'payments', days],
    queryFn: () => call('GET /api/admin/figures/payments', { query }),
    meta: { live: ['shop.payment.', 'shop.order.'] },
  })
  const subscriptions = useQuery({
    queryKey: ['figures', 'subscriptions', days],
    queryFn: () => call('GET /api/admin/figures/subscriptions', { query }),
    meta: { live: ['shop.subscription.'] },
  })
  return { orders, payments, subscriptions }
}

function Figures({ days }: { days: number }) {
  const { orders, payments, subscriptions } = useFigures(days)
  const failed = [orders, payments, subscriptions].find(({ isError }) => isError)
  if (failed) return <Failed error={failed.error} again={() => void failed.refetch()} />
  if (!orders.data || !payments.data || !subscriptions.data) return <Loading />
  return (
    <>
      <Today orders={orders.data} payments={payments.data} subscriptions={subscriptions.data} />
      <Attention waiting={payments.data.now} />
      <Charts orders={orders.data} payments={payments.data} subscriptions={subscriptions.data} />
    </>
  )
}

interface Data {
  orders: AnswerOf<'GET /api/admin/figures/orders'>
  payments: AnswerOf<'GET /api/admin/figures/payments'>
  subscriptions: AnswerOf<'GET /api/admin/figures/subscriptions'>
}

function Today({ orders, payments, subscriptions }: Data) {
  const t = useWords(overviewWords)
  const ordered = orders.data.at(-1)
  const cards = [
    { label: t.placed, value: <Count of={ordered?.placed ?? 0} /> },
    { label: t.paid, value: <Count of={ordered?.paid ?? 0} /> },
    { label: t.revenue, value: <Won amount={ordered?.revenue ?? 0} /> },
    { label: t.refunded, value: <Won amount={payments.data.at(-1)?.refunded ?? 0} /> },
    { label: t.subscribers, value: <Count of={subscriptions.now.active} /> },
    { label: t.pastDue, value: <Count of={subscriptions.now.past_due} /> },
  ]
  return (
    <section aria-label={t.today} className="cards">
      {cards.map(({ label, value }) => (
        <p key={label} className="card">
          <span className="quiet">{label}</span>
          <span className="big">{value}</span>
        </p>
      ))}
    </section>
  )
}

function Charts({ orders, payments, subscriptions }: Data) {
  const t = useWords(overviewWords)
  const language = useLanguage()
  const dayList = useMemo(() => orders.data.map(({ day }) => day), [orders])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words change with the language
  const series = useMemo(() => {
    const line = (label: string, colour: string, values: readonly number[]) => ({ label, colour, values })
    return {
      revenue: [
        line(
          t.revenue,
          '--brand',
          orders.data.map(({ revenue }) => revenue),
        ),
      ],
      orders: [
        line(
          t.placed,
          '--amber',
          orders.data.map(({ placed }) => placed),
        ),
        line(
          t.paid,
          '--brand',
          orders.data.map(({ paid }) => paid),
        ),
      ],
      charges: [
        line(
          t.succeeded,
          '--brand',
          payments.data.map(({ succeeded }) => succeeded),
        ),
        line(
          t.declined,
          '--red',
          payments.data.map(({ declined }) => declined),
        ),
        line(
          t.notKnown,
          '--amber',
          payments.data.map(({ unknown }) => unknown),
        ),
        line(
          t.dropped,
          '--ink-2',
          payments.data.map(({ dropped }) => dropped),
        ),
      ],
      inAndOut: [
        line(
          t.started,
          '--brand',
          subscriptions.data.map(({ started }) => started),
        ),
        line(
          t.ended,
          '--red',
          subscriptions.data.map(({ ended }) => ended),
        ),
      ],
    }
  }, [orders, payments, subscriptions, language])
  const shared = { days: dayList, dayLabel: t.day, tableLabel: t.table }
  return (
    <div className="charts">
      <Chart title={t.revenue} series={series.revenue} {...shared} />
      <Chart title={t.orders} series={series.orders} {...shared} />
      <Chart title={t.charges} series={series.charges} {...shared} />
      <Chart title={t.inAndOut} series={series.inAndOut} {...shared} />
    </div>
  )
}
