import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { useWords } from '../words/use-words.ts'
import { reconciliationWords } from './words.ts'

/** What is asked for by all who show something of the compared days. */
export const DAYS_QUERY = {
  queryKey: ['reconciliations'],
  queryFn: () => call('GET /api/admin/reconciliations', { query: { size: 31 } }),
}

/** The days whose table should have been brought by now; nothing where there is none. */
export function Missing() {
  const t = useWords(reconciliationWords)
  const { data } = useQuery(DAYS_QUERY)
  if (data === undefined || data.missing.length === 0) return null
  return (
    <section className="note" aria-label={t.missing}>
      <p>
        <strong>{t.missing}</strong>
      </p>
      <ul>
        {data.missing.map(({ provider, day }) => (
          <li key={`${provider} ${day}`}>
            <span className="figures">{day}</span> {t.providers[provider]}
          </li>
        ))}
      </ul>
      <p>{t.missingSays}</p>
    </section>
  )
}
