import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { ApiProblem, call, newKey } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { deskWords } from './words.ts'

/**
 * What a member owes, taken or waived. The button names the amount, and nothing is sent by Enter: a scanner presses it.
 * @param balance won owed
 * @param settled is told what is still owed
 */
export function FeeForm({
  patronId,
  balance,
  settled,
}: {
  patronId: string
  balance: number
  settled?: (left: number) => void
}) {
  const t = useWords(deskWords)
  const language = useLanguage()
  const client = useQueryClient()
  const key = useRef(newKey())
  const [text, setText] = useState(String(balance))
  const [reason, setReason] = useState('')
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const amount = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0
  const isPossible = amount > 0 && amount <= balance && !running
  const named = wonText(amount, language)
  const settle = async (kind: 'payment' | 'waiver') => {
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const params = { id: patronId }
      if (kind === 'payment')
        await call('POST /api/patrons/:id/payments', { params, key: key.current, body: { amount } })
      else
        await call('POST /api/patrons/:id/waivers', {
          params,
          key: key.current,
          body: { amount, reason: reason.trim() },
        })
      key.current = newKey()
      say(kind === 'payment' ? t.paid(named) : t.waived(named))
      setText(String(balance - amount))
      setReason('')
      settled?.(balance - amount)
      void client.invalidateQueries({ queryKey: ['desk'] })
    } catch (failure) {
      setError(failure)
      // A refusal is an answer: nothing was done. Without one the same key asks what became of it.
      if (failure instanceof ApiProblem && failure.status < 500) key.current = newKey()
    }
    setRunning(false)
  }
  return (
    <div className="desk-form">
      <label>
        {t.amount}
        <input
          type="text"
          inputMode="numeric"
          size={8}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="button" className="main" disabled={!isPossible} onClick={() => void settle('payment')}>
        {t.pay(named)}
      </button>
      <label>
        {t.waiveReason}
        <input
          type="text"
          maxLength={300}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <button
        type="button"
        disabled={!isPossible || reason.trim() === ''}
        onClick={() => void settle('waiver')}
      >
        {t.waive}
      </button>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
    </div>
  )
}
