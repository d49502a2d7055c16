import { type FormEvent, useId } from 'react'
import type { InputOf } from '../api/call.ts'
import { useWords } from '../words/use-words.ts'
import { openingWords } from './words.ts'

type Day = InputOf<'PUT /api/loans/opening'>['body']['days'][number]

/** A single day on which the library is closed or open, with the reason readers see. */
export function NewDay({ add }: { add(day: Day): void }) {
  const t = useWords(openingWords)
  const id = useId()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => {
      const value = form.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    const reason = text('reason')
    if (reason === '') return
    add({ day: text('day'), isOpen: text('what') === 'open', reason })
    event.currentTarget.reset()
  }
  return (
    <form className="tools" aria-label={t.days} onSubmit={submit}>
      <div className="field">
        <label htmlFor={`${id}-day`}>{t.day}</label>
        <input id={`${id}-day`} name="day" type="date" required />
      </div>
      <div className="field">
        <label htmlFor={`${id}-what`}>{t.what}</label>
        <select id={`${id}-what`} name="what">
          <option value="closed">{t.closed}</option>
          <option value="open">{t.open}</option>
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-reason`}>{t.reason}</label>
        <input id={`${id}-reason`} name="reason" required maxLength={100} autoComplete="off" />
      </div>
      <button type="submit">{t.add}</button>
    </form>
  )
}
