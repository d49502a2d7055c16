import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
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
          <Writing key={data.version} opening={data} told={setLoansDue} />
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

/** Nothing is in force before it is saved, all of it at once. */
function Writing({ opening, told }: { opening: Opening; told(loansDue: number): void }) {
  const t = useWords(openingWords)
  const client = useQueryClient()
  const { version } = opening
  const [weekdays, setWeekdays] = useState(opening.closedWeekdays)
  const [onHolidays, setOnHolidays] = useState(opening.closedOnHolidays)
  const [days, setDays] = useState<readonly Day[]>(opening.days)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const isChanged =
    weekdays !== opening.closedWeekdays || onHolidays !== opening.closedOnHolidays || days !== opening.days
  const save = async () => {
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const body = { version, closedWeekdays: weekdays, closedOnHolidays: onHolidays, days: [...days] }
      const { loansDueWhenClosed } = await call('PUT /api/loans/opening', { body })
      told(loansDueWhenClosed)
      say(t.saved)
      await client.invalidateQueries({ queryKey: ['opening'] })
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  const add = (day: Day) =>
    setDays((now) =>
      [...now.filter((one) => one.day !== day.day), day].sort((a, b) => (a.day < b.day ? -1 : 1)),
    )
  return (
    <section className="panel" aria-label={t.title}>
      <fieldset>
        <legend>{t.always}</legend>
        <div className="tools">
          {t.weekdays.map((name, index) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={weekdays.includes(index + 1)}
                onChange={({ target }) =>
                  setWeekdays((now) =>
                    target.checked
                      ? [...now, index + 1].sort((a, b) => a - b)
                      : now.filter((one) => one !== index + 1),
                  )
                }
              />{' '}
              {name}
            </label>
          ))}
          <label>
            <input
              type="checkbox"
              checked={onHolidays}
              onChange={({ target }) => setOnHolidays(target.checked)}
            />{' '}
            {t.holidays}
          </label>
        </div>
      </fieldset>
      <h2>{t.days}</h2>
      {days.length === 0 ? (
        <p className="quiet">{t.noDays}</p>
      ) : (
        <Days days={days} remove={(day) => setDays((now) => now.filter((one) => one !== day))} />
      )}
      <NewDay add={add} />
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <div className="tools">
        <button type="button" className="main" disabled={running || !isChanged} onClick={() => void save()}>
          {t.save}
        </button>
        {isChanged && <span role="status">{t.unsaved}</span>}
      </div>
    </section>
  )
}

function Days({ days, remove }: { days: readonly Day[]; remove(day: Day): void }) {
  const t = useWords(openingWords)
  return (
    <ScrollTable label={t.days} look="low">
      <thead>
        <tr>
          <th scope="col">{t.day}</th>
          <th scope="col">{t.what}</th>
          <th scope="col">{t.why}</th>
          <th scope="col">{t.remove}</th>
        </tr>
      </thead>
      <tbody>
        {days.map((day) => (
          <tr key={day.day}>
            <td className="figures">{day.day}</td>
            <td>{day.isOpen ? t.open : t.closed}</td>
            <td>{day.reason}</td>
            <td>
              <button type="button" aria-label={t.removeDay(day.day)} onClick={() => remove(day)}>
                {t.remove}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
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
