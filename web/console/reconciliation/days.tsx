import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useId } from 'react'
import { Count, Stamp, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { DAYS_QUERY } from './missing.tsx'
import { useCompareNow } from './use-compare-now.ts'
import { reconciliationWords } from './words.ts'

const PROVIDERS = ['kakaopay', 'toss'] as const

/** The days that were held against the providers' lists. */
export function Days() {
  const t = useWords(reconciliationWords)
  const query = useQuery(DAYS_QUERY)
  return (
    <section className="panel" aria-label={t.days}>
      <div className="page-head">
        <h2>{t.days}</h2>
        <Again />
      </div>
      {query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : query.data ? (
        <ScrollTable label={t.days}>
          <thead>
            <tr>
              <th scope="col">{t.day}</th>
              <th scope="col">{t.provider}</th>
              <th scope="col" className="right">
                {t.matched}
              </th>
              <th scope="col" className="right">
                {t.late}
              </th>
              <th scope="col" className="right">
                {t.listed}
              </th>
              <th scope="col" className="right">
                {t.openCount}
              </th>
              <th scope="col">{t.reconciledAt}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.data.map((day) => (
              <tr key={`${day.provider} ${day.day}`}>
                <td>{day.day}</td>
                <td>{t.providers[day.provider]}</td>
                <td className="right">
                  <Count of={day.matched} />
                </td>
                <td className="right">
                  <Count of={day.late} />
                </td>
                <td className="right">
                  <Won amount={day.listedTotal} />
                </td>
                <td className="right">
                  <Count of={day.open} />
                </td>
                <td>
                  <Stamp at={day.reconciledAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      ) : (
        <Loading />
      )}
    </section>
  )
}

/** Holds a day against a provider's list again; nothing but the comparison is written. */
function Again() {
  const t = useWords(reconciliationWords)
  const id = useId()
  const { busy, compare } = useCompareNow()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget)
    const provider = PROVIDERS.find((name) => name === typed.get('provider')) ?? 'kakaopay'
    const day = typed.get('day')
    await compare({ provider, day: typeof day === 'string' ? day : '' })
  }
  return (
    <form className="tools" onSubmit={(event) => void submit(event)} title={t.nowSays}>
      <label htmlFor={`${id}-provider`}>{t.provider}</label>
      <select id={`${id}-provider`} name="provider">
        {PROVIDERS.map((name) => (
          <option key={name} value={name}>
            {t.providers[name]}
          </option>
        ))}
      </select>
      <label htmlFor={`${id}-day`}>{t.day}</label>
      <input id={`${id}-day`} name="day" type="date" required />
      <button type="submit" disabled={busy}>
        {busy ? t.working : t.now}
      </button>
    </form>
  )
}
