import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { ChangedMeanwhile } from '../frame/changed-meanwhile.tsx'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { Days, Theirs } from './days.tsx'
import { NewDay } from './new-day.tsx'
import { openingWords } from './words.ts'

type Opening = AnswerOf<'GET /api/loans/opening'>
type Day = Opening['days'][number]

/** When the library is open: by weekday, on holidays, and on single days. */
export function OpeningPage() {
  const t = useWords(openingWords)
  const { data, error, refetch } = useQuery({
    queryKey: ['opening'],
    queryFn: () => call('GET /api/loans/opening'),
  })
  const [loansDue, setLoansDue] = useState(0)
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <p className="quiet">{t.says}</p>
      {loansDue > 0 && (
        <p className="state-failed" role="alert">
          {t.loansDue(loansDue)}
        </p>
      )}
      {data ? (
        <>
          <Writing opening={data} told={setLoansDue} />
          <LongClosings opening={data} />
          <Ahead opening={data} />
        </>
      ) : error ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </div>
  )
}

interface Draft {
  readonly closedWeekdays: readonly number[]
  readonly closedOnHolidays: boolean
  readonly days: readonly Day[]
}

/**
 * Nothing is in force before it is saved, all of it at once. What is changed here stays until then, also when a colleague
 * saves other days meanwhile.
 */
function Writing({ opening, told }: { opening: Opening; told(loansDue: number): void }) {
  const t = useWords(openingWords)
  const client = useQueryClient()
  // Undefined: nothing is changed, and what is shown is what is in force.
  const [typed, setTyped] = useState<Draft>()
  // The version that was last looked at: nothing newer is written over unseen.
  const [seen, setSeen] = useState(opening.version)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const { closedWeekdays, closedOnHolidays, days } = typed ?? opening
  const isChanged = typed !== undefined
  const isOther = !running && isChanged && seen !== opening.version
  const change = (more: Partial<Draft>) => {
    if (typed === undefined) setSeen(opening.version)
    setTyped({ closedWeekdays, closedOnHolidays, days, ...more })
  }
  const again = () => client.invalidateQueries({ queryKey: ['opening'] })
  const save = async () => {
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const body = {
        version: seen,
        closedWeekdays: [...closedWeekdays],
        closedOnHolidays,
        days: [...days],
      }
      const { loansDueWhenClosed } = await call('PUT /api/loans/opening', { body })
      told(loansDueWhenClosed)
      say(t.saved)
      await again()
      setTyped(undefined)
    } catch (failure) {
      setError(failure)
      // What a colleague has saved meanwhile is shown beside what is changed here.
      await again()
    }
    setRunning(false)
  }
  const add = (day: Day) =>
    change({
      days: [...days.filter((one) => one.day !== day.day), day].sort((a, b) => (a.day < b.day ? -1 : 1)),
    })
  return (
    <section className="panel" aria-label={t.title}>
      <fieldset>
        <legend>{t.always}</legend>
        <div className="tools">
          {t.weekdays.map((name, index) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={closedWeekdays.includes(index + 1)}
                onChange={({ target }) =>
                  change({
                    closedWeekdays: target.checked
                      ? [...closedWeekdays, index + 1].sort((a, b) => a - b)
                      : closedWeekdays.filter((one) => one !== index + 1),
                  })
                }
              />{' '}
              {name}
            </label>
          ))}
          <label>
            <input
              type="checkbox"
              checked={closedOnHolidays}
              onChange={({ target }) => change({ closedOnHolidays: target.checked })}
            />{' '}
            {t.holidays}
          </label>
        </div>
      </fieldset>
      <h2>{t.days}</h2>
      {days.length === 0 ? (
        <p className="quiet">{t.noDays}</p>
      ) : (
        <Days days={days} remove={(day) => change({ days: days.filter((one) => one !== day) })} />
      )}
      <NewDay add={add} />
      {isOther && (
        <ChangedMeanwhile
          says={t.changedMeanwhile}
          keep={() => {
            setSeen(opening.version)
            setError(undefined)
          }}
          drop={() => {
            setTyped(undefined)
            setError(undefined)
          }}
        >
          <Theirs opening={opening} />
        </ChangedMeanwhile>
      )}
      {error !== undefined && !isOther && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <div className="tools">
        <button
          type="button"
          className="main"
          disabled={running || !isChanged || isOther}
          onClick={() => void save()}
        >
          {t.save}
        </button>
        {isChanged && <span role="status">{t.unsaved}</span>}
      </div>
    </section>
  )
}

/** What lending makes of them: whoever closes for weeks should see it. */
function LongClosings({ opening: { longClosings } }: { opening: Opening }) {
  const t = useWords(openingWords)
  if (longClosings.length === 0) return null
  return (
    <section className="panel" aria-label={t.longClosings}>
      <h2>{t.longClosings}</h2>
      <ul>
        {longClosings.map(({ from, days, opensOn }) => (
          <li key={from}>{opensOn === null ? t.neverOpens(from) : t.closedFor(from, days, opensOn)}</li>
        ))}
      </ul>
    </section>
  )
}

function Ahead({ opening: { closedDays } }: { opening: Opening }) {
  const t = useWords(openingWords)
  return (
    <section className="panel" aria-label={t.ahead}>
      <h2>{t.ahead}</h2>
      {closedDays.length === 0 ? (
        <p className="quiet">{t.noneAhead}</p>
      ) : (
        <dl className="facts">
          {closedDays.map(({ day, reason }) => (
            <Fragment key={day}>
              <dt className="figures">{day}</dt>
              <dd>{reason ?? t.weekly}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </section>
  )
}
