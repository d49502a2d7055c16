import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { stampText, wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Stamp, Won } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { BringSettlement } from './bring-settlement.tsx'
import { Days } from './days.tsx'
import { Missing } from './missing.tsx'
import { NotHad } from './not-had.tsx'
import { reconciliationWords } from './words.ts'

type Finding = AnswerOf<'GET /api/admin/reconciliation-findings'>['data'][number]
type Decision = NonNullable<Finding['decision']>

const keyOf = ({ id }: Finding) => id
const DECISIONS: readonly Decision[] = ['explained', 'corrected', 'claimed']

/** Where our books and the providers' lists differ; a person says what became of it. */
export function ReconciliationPage() {
  const t = useWords(reconciliationWords)
  const columns: Column<Finding>[] = [
    { id: 'day', header: t.day, text: ({ day }) => day },
    { id: 'provider', header: t.provider, text: ({ provider }) => t.providers[provider] },
    { id: 'kind', header: t.kind, text: ({ kind }) => t.kinds[kind] },
    { id: 'movement', header: t.movement, text: ({ movement }) => t.movements[movement] },
    {
      id: 'here',
      header: t.here,
      text: ({ here }) => here ?? '',
      cell: ({ here }) => (here === null ? '–' : <Won amount={here} />),
      isNumeric: true,
    },
    {
      id: 'there',
      header: t.there,
      text: ({ there }) => there ?? '',
      cell: ({ there }) => (there === null ? '–' : <Won amount={there} />),
      isNumeric: true,
    },
    { id: 'key', header: t.key, text: ({ key }) => key },
    {
      id: 'payment',
      header: t.payment,
      text: ({ paymentId }) => paymentId ?? '',
      cell: ({ paymentId }) =>
        paymentId === null ? (
          '–'
        ) : (
          <Link to="/payments/$id" params={{ id: paymentId }}>
            {paymentId.slice(-12)}
          </Link>
        ),
    },
    {
      id: 'seen',
      header: t.firstSeen,
      text: ({ firstSeenAt }) => stampText(firstSeenAt),
      cell: ({ firstSeenAt }) => <Stamp at={firstSeenAt} />,
    },
    {
      id: 'decision',
      header: t.decision,
      text: ({ decision, reason }) => (decision === null ? '' : `${t.decisions[decision]}: ${reason ?? ''}`),
      cell: (finding) =>
        finding.decision === null ? (
          <Decide finding={finding} />
        ) : (
          `${t.decisions[finding.decision]}: ${finding.reason ?? ''}`
        ),
    },
  ]
  const filters: Filter[] = [
    {
      name: 'show',
      label: t.show,
      kind: 'choice',
      initially: 'open',
      choices: [
        { value: 'open', label: t.open },
        { value: 'all', label: t.all },
      ],
    },
    { name: 'day', label: t.day, kind: 'date' },
  ]
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <Missing />
      <NotHad />
      <h2>{t.findings}</h2>
      <ServerTable
        name="reconciliation-findings"
        label={t.findings}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        live={['shop.payment.']}
        load={({ filter }) =>
          call('GET /api/admin/reconciliation-findings', {
            query: { open: filter('show') !== 'all', day: filter('day'), size: 500 },
          })
        }
      />
      <Days />
      <BringSettlement />
    </div>
  )
}

function Decide({ finding }: { finding: Finding }) {
  const t = useWords(reconciliationWords)
  const language = useLanguage()
  const client = useQueryClient()
  const id = useId()
  const [decision, setDecision] = useState<Decision>('explained')
  const amount = (won: number | null) => (won === null ? '–' : wonText(won, language))
  return (
    <Danger
      label={t.decide}
      title={t.decideTitle}
      confirm={t.decide}
      act={({ reason }) =>
        call('POST /api/admin/reconciliation-findings/:id/decision', {
          params: { id: finding.id },
          body: { decision, reason },
        })
      }
      done={() => {
        say(t.decided)
        for (const name of ['reconciliation-findings', 'reconciliations'])
          void client.invalidateQueries({ queryKey: [name] })
      }}
    >
      <p>
        {t.providers[finding.provider]} · {finding.day} · {t.kinds[finding.kind]}
      </p>
      <p>{t.decideSays(amount(finding.here), amount(finding.there))}</p>
      <div className="field">
        <label htmlFor={id}>{t.decision}</label>
        <select
          id={id}
          value={decision}
          onChange={({ target }) => setDecision(DECISIONS.find((one) => one === target.value) ?? 'explained')}
        >
          {DECISIONS.map((one) => (
            <option key={one} value={one}>
              {t.decisions[one]}
            </option>
          ))}
        </select>
      </div>
    </Danger>
  )
}
