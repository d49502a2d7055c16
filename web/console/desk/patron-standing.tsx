import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call, type InputOf } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { useWords } from '../words/use-words.ts'
import { deskWords } from './words.ts'

type Patron = Pick<AnswerOf<'GET /api/patrons/cards/:card'>, 'id' | 'category' | 'blockedReason'>
type Change = InputOf<'PATCH /api/patrons/:id'>['body']

const CATEGORIES = ['child', 'adult', 'staff'] as const

/** The category of a member and whether they may borrow, changed by buttons only: a scanner presses Enter. */
export function PatronStanding({ patron, say }: { patron: Patron; say(text: string): void }) {
  const { id, blockedReason } = patron
  const t = useWords(deskWords)
  const client = useQueryClient()
  const [category, setCategory] = useState(patron.category)
  const [reason, setReason] = useState('')
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const change = async (body: Change, done: string) => {
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      await call('PATCH /api/patrons/:id', { params: { id }, body })
      setReason('')
      say(done)
      await client.invalidateQueries({ queryKey: ['desk'] })
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  return (
    <details>
      <summary>{t.standing}</summary>
      <div className="desk-form">
        <label>
          {t.category}
          <select
            value={category}
            onChange={({ target }) =>
              setCategory(CATEGORIES.find((one) => one === target.value) ?? patron.category)
            }
          >
            {CATEGORIES.map((one) => (
              <option key={one} value={one}>
                {t.categories[one]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={running || category === patron.category}
          onClick={() => void change({ category }, t.categoryChanged(t.categories[category]))}
        >
          {t.changeCategory}
        </button>
      </div>
      <div className="desk-form">
        <label>
          {blockedReason === null ? t.blockReason : t.otherReason}
          <input
            type="text"
            maxLength={300}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
        </label>
        <button
          type="button"
          className="danger"
          disabled={running || reason.trim() === ''}
          onClick={() => void change({ blockedReason: reason.trim() }, t.blockDone)}
        >
          {blockedReason === null ? t.block : t.changeReason}
        </button>
        {blockedReason !== null && (
          <button
            type="button"
            disabled={running}
            onClick={() => void change({ blockedReason: null }, t.unblockDone)}
          >
            {t.unblock}
          </button>
        )}
      </div>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
    </details>
  )
}
