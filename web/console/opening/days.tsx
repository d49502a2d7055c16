import type { AnswerOf } from '../api/call.ts'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { openingWords } from './words.ts'

type Opening = AnswerOf<'GET /api/loans/opening'>
type Day = Opening['days'][number]

/** Single days that differ, each with a button that takes it away. */
export function Days({ days, remove }: { days: readonly Day[]; remove(day: Day): void }) {
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

/** When the library is open by what a colleague has saved. */
export function Theirs({ opening: { closedWeekdays, closedOnHolidays, days } }: { opening: Opening }) {
  const t = useWords(openingWords)
  const always = t.weekdays.filter((_, index) => closedWeekdays.includes(index + 1))
  return (
    <ul>
      <li>
        {t.always}: {always.length > 0 ? always.join(', ') : t.never}
      </li>
      <li>{closedOnHolidays ? t.holidays : t.openOnHolidays}</li>
      {days.length === 0 && <li>{t.noDays}</li>}
      {days.map(({ day, isOpen, reason }) => (
        <li key={day}>
          {day} {isOpen ? t.open : t.closed}: {reason}
        </li>
      ))}
    </ul>
  )
}
