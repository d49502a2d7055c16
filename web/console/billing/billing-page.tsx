import { numberText, stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Badge, Stamp, Won } from '../frame/stamp.tsx'
import type { Column } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { Plan } from './plan.tsx'
import { RUN_TONES } from './run-state.ts'
import { billingWords } from './words.ts'

type Run = AnswerOf<'GET /api/admin/billing-runs'>['data'][number]

const keyOf = ({ id }: Run) => id
const linkOf = ({ id }: Run) => `/billing/${id}`

/** The nightly runs, and what the next one would do. */
export function BillingPage() {
  const t = useWords(billingWords)
  const columns: Column<Run>[] = [
    { id: 'date', header: t.date, text: ({ date }) => date },
    { id: 'kind', header: t.kind, text: ({ kind }) => t.kinds[kind] },
    {
      id: 'state',
      header: t.state,
      text: ({ state }) => t.states[state],
      cell: ({ state }) => <Badge tone={RUN_TONES[state]}>{t.states[state]}</Badge>,
    },
    { id: 'planned', header: t.planned, text: ({ planned }) => planned ?? '', isNumeric: true },
    { id: 'charged', header: t.charged, text: ({ report }) => report?.charged.count ?? '', isNumeric: true },
    {
      id: 'amount',
      header: t.amount,
      text: ({ report }) => report?.charged.amount ?? '',
      cell: ({ report }) => (report === null ? '' : <Won amount={report.charged.amount} />),
      isNumeric: true,
    },
    {
      id: 'declined',
      header: t.declined,
      text: ({ report }) =>
        report === null ? '' : numberText(report.declined.retry.count + report.declined.newMethod.count),
      isNumeric: true,
    },
    {
      id: 'unknown',
      header: t.unknown,
      text: ({ report }) => report?.frozen.unknownOutcome.count ?? '',
      isNumeric: true,
    },
    {
      id: 'started',
      header: t.started,
      text: ({ startedAt }) => stampText(startedAt),
      cell: ({ startedAt }) => <Stamp at={startedAt} />,
    },
    {
      id: 'finished',
      header: t.finished,
      text: ({ finishedAt }) => (finishedAt === null ? '' : stampText(finishedAt)),
      cell: ({ finishedAt }) => <Stamp at={finishedAt} />,
    },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <Plan />
      <ServerTable
        name="billing-runs"
        label={t.title}
        columns={columns}
        keyOf={keyOf}
        linkOf={linkOf}
        live={['shop.subscription.', 'shop.payment.']}
        load={({ after, size }) => call('GET /api/admin/billing-runs', { query: { before: after, size } })}
      />
    </div>
  )
}
