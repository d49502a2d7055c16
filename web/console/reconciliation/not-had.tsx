import { useQuery } from '@tanstack/react-query'
import { Stamp } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { DAYS_QUERY } from './missing.tsx'
import { useCompareNow } from './use-compare-now.ts'
import { reconciliationWords } from './words.ts'

/** The days whose list a provider should have given by now, with what came of the last try; nothing where there is none. */
export function NotHad() {
  const t = useWords(reconciliationWords)
  const { data } = useQuery(DAYS_QUERY)
  const { busy, compare } = useCompareNow()
  if (data === undefined || data.notHad.length === 0) return null
  return (
    <section className="note" aria-label={t.notHad}>
      <p>
        <strong>{t.notHad}</strong>
      </p>
      <ul>
        {data.notHad.map(({ provider, day, why, tries, lastTriedAt }) => (
          <li key={`${provider} ${day}`}>
            <span className="figures">{day}</span> {t.providers[provider]}: {t.notHadWhy[why ?? 'never']}
            {lastTriedAt !== null && (
              <>
                {' '}
                ({t.tried(tries)} <Stamp at={lastTriedAt} />)
              </>
            )}{' '}
            <button
              type="button"
              disabled={busy}
              aria-label={t.tryNowOf(t.providers[provider], day)}
              onClick={() => void compare({ provider, day })}
            >
              {t.tryNow}
            </button>
          </li>
        ))}
      </ul>
      <p>{t.notHadSays}</p>
    </section>
  )
}
