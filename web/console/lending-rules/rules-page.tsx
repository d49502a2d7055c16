import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Badge, Stamp, VERSION_TONES } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import type { Published } from './draft.ts'
import { NewRules } from './new-rules.tsx'
import { Said } from './said.tsx'
import { lendingRulesWords } from './words.ts'

/** The rules of lending: those in force, to come and past, and the way to publish new ones. */
export function LendingRulesPage() {
  const t = useWords(lendingRulesWords)
  const { data, error, refetch } = useQuery({
    queryKey: ['lending-rules'],
    queryFn: () => call('GET /api/loans/policies'),
  })
  const versions = data?.data ?? []
  // What is planned is none of what a change begins with: it may be for a day to come, and not for today.
  const inForce = versions.find(({ state }) => state === 'in_force')
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <p className="quiet">{t.says}</p>
      {inForce ? (
        <>
          <Versions versions={versions} />
          <NewRules versions={versions} inForce={inForce} />
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
              <Badge tone={VERSION_TONES[policy.state]}>{t.states[policy.state]}</Badge>
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
