import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useId, useState } from 'react'
import { ApiProblem, call } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { NO_TEXTS, TextFields, trimmed } from './texts.tsx'
import { writeWords } from './write-words.ts'

/** An item that the register did not bring. A repeat after a lost answer finds the number known, and leads there. */
export function NewItemPage() {
  const t = useWords(writeWords)
  const navigate = useNavigate()
  const client = useQueryClient()
  const field = useId()
  const [number, setNumber] = useState('')
  const [texts, setTexts] = useState(NO_TEXTS)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const body = { statementNumber: number, ...trimmed(texts) }
      const item = await call('POST /api/admin/items', { body })
      client.setQueryData(['item', item.id], item)
      void client.invalidateQueries({ queryKey: ['items'] })
      say(t.entered(item.name))
      void navigate({ to: '/items/$itemId', params: { itemId: item.id } })
    } catch (failure) {
      setError(failure)
      setRunning(false)
    }
  }
  const known = error instanceof ApiProblem && error.code === 'item_number_known' ? error.facts.itemId : ''
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.add}</h1>
        <div className="tools">
          <Link to="/items" className="button">
            {t.back}
          </Link>
        </div>
      </div>
      <p className="quiet">{t.lead}</p>
      <form className="panel" onSubmit={(event) => void submit(event)}>
        <p className="note">{t.becomes}</p>
        <div className="field">
          <label htmlFor={field}>{t.statementNumber}</label>
          <input
            id={field}
            value={number}
            required
            inputMode="numeric"
            pattern="[0-9]{12,15}"
            maxLength={15}
            autoComplete="off"
            aria-describedby={`${field}-hint`}
            onChange={(event) => setNumber(event.target.value.replaceAll(/[^\d]/g, ''))}
          />
          <p className="quiet" id={`${field}-hint`}>
            {t.statementHint}
          </p>
        </div>
        <TextFields texts={texts} change={(name, text) => setTexts((now) => ({ ...now, [name]: text }))} />
        {error !== undefined && (
          <div className="state-failed" role="alert">
            <Said error={error} />
            {typeof known === 'string' && known !== '' && (
              <p>
                <Link to="/items/$itemId" params={{ itemId: known }}>
                  {t.seeKnown}
                </Link>
              </p>
            )}
          </div>
        )}
        <button type="submit" className="main" disabled={running}>
          {t.enter}
        </button>
      </form>
    </div>
  )
}
