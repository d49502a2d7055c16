import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { call } from '../api/call.ts'
import { Badge, Stamp, type Tone } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import type { Published } from './draft.ts'
import { NewRules } from './new-rules.tsx'
import { lendingRulesWords } from './words.ts'

const TONES: Readonly<Record<Published['state'], Tone>> = {
  planned: 'waiting',
  in_force: 'good',
  past: 'plain',
  replaced: 'plain',
}

/** The rules of lending: those in force, to come and past, and the way to publish new ones. */
export function LendingRulesPage() {
  const t = useWords(lendingRulesWords)
  const { data, error, refetch } = useQuery({
    queryKey: ['lending-rules'],
    queryFn: () => call('GET /api/loans/policies'),
  })
  const [newest] = data?.data ?? []
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <p className="quiet">{t.says}</p>
      {newest && data ? (
        <>
          <Versions versions={data.data} />
          <NewRules key={newest.version} newest={newest} />
        </>
      ) : error ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </div>
  )
}

function Versions({ versions }: { versions: readonly Published[] }) {
  const t = useWords(lendingRulesWords)
  const [open, setOpen] = useState<number>()
  return (
    <ScrollTable label={t.versions} look="low">
      <thead>
        <tr>
          <th scope="col">{t.version}</th>
          <th scope="col">{t.state}</th>
          <th scope="col">{t.from}</th>
          <th scope="col">{t.publishedAt}</th>
          <th scope="col">{t.rules}</th>
        </tr>
      </thead>
      <tbody>
        {versions.map((policy) => (
          <tr key={policy.version}>
            <td className="figures">{policy.version}</td>
            <td>
              <Badge tone={TONES[policy.state]}>{t.states[policy.state]}</Badge>
            </td>
            <td className="figures">{policy.inForceOn ?? t.atOnce}</td>
            <td>
              <Stamp at={policy.publishedAt} />
            </td>
            <td>
              <button
                type="button"
                aria-expanded={open === policy.version}
                aria-label={`${t.version} ${policy.version} ${t.show}`}
                onClick={() => setOpen((now) => (now === policy.version ? undefined : policy.version))}
              >
                {t.show}
              </button>
              {open === policy.version && <Said rules={policy.rules} />}
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

function Said({ rules }: { rules: Published['rules'] }) {
  const t = useWords(lendingRulesWords)
  const language = useLanguage()
  const { lateFee, copiesPerPatron } = rules
  const bands = lateFee.bands.map(({ fromDay, fee }) => `${t.fromDay(fromDay)} ${wonText(fee, language)}`)
  return (
    <ul>
      <li>{t.limits(copiesPerPatron.adult, copiesPerPatron.child, copiesPerPatron.staff)}</li>
      <li>{t.period(rules.loanDays, rules.renewals)}</li>
      <li>
        {t.modes[lateFee.mode]}: {bands.join(' · ')}
        {lateFee.cap !== undefined && ` (${t.numbers.cap} ${wonText(lateFee.cap, language)})`}
      </li>
      <li>{t.lost(rules.lostAfterDays, wonText(rules.replacementPerCopy, language))}</li>
    </ul>
  )
}
