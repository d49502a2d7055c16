import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { paymentWords } from './words.ts'

type Receipt = NonNullable<AnswerOf<'GET /api/admin/payments/:id'>['payment']['cashReceipt']>

const LEAST_REASON = 5
const USES = ['deduction', 'expenditure'] as const
const useOf = (value: string) => USES.find((one) => one === value) ?? 'deduction'

/** What becomes of a cash receipt that waits for a person: sent again, to a corrected number if need be, or given up. */
export function DecideReceipt({ receipt, paymentId: id }: { receipt: Receipt; paymentId: string }) {
  const t = useWords(paymentWords)
  const language = useLanguage()
  const client = useQueryClient()
  const field = useId()
  const [use, setUse] = useState(useOf(receipt.use ?? ''))
  const [number, setNumber] = useState('')
  // What was issued, or may have been, keeps its number.
  const mayCorrect = receipt.issueNumber === null && receipt.deed === null
  const done = (said: string) => () => {
    say(said)
    for (const queryKey of [['payment', id], ['payments']]) void client.invalidateQueries({ queryKey })
  }
  return (
    <p className="tools">
      <Danger
        label={t.sendAgain}
        title={t.sendAgainTitle}
        confirm={t.sendAgain}
        reasonLabel={t.evidence}
        leastReason={LEAST_REASON}
        act={({ reason }) => {
          const cashReceipt = number.trim() === '' ? undefined : { use, number: number.trim() }
          return call('POST /api/admin/payments/:id/cash-receipt/again', {
            params: { id },
            body: { reason, cashReceipt },
          })
        }}
        done={done(t.sentAgain)}
      >
        <p>{t.sendAgainSays(wonText(receipt.target, language))}</p>
        {mayCorrect && (
          <>
            <div className="field">
              <label htmlFor={`${field}-number`}>{t.newNumber}</label>
              <input
                id={`${field}-number`}
                value={number}
                inputMode="tel"
                autoComplete="off"
                maxLength={40}
                onChange={(event) => setNumber(event.target.value)}
              />
            </div>
            <div className="field">
              <label htmlFor={`${field}-use`}>{t.receiptUse}</label>
              <select id={`${field}-use`} value={use} onChange={(event) => setUse(useOf(event.target.value))}>
                {USES.map((one) => (
                  <option key={one} value={one}>
                    {t.receiptUses[one]}
                  </option>
                ))}
              </select>
            </div>
          </>
        )}
      </Danger>
      <Danger
        label={t.giveUp}
        title={t.giveUpTitle}
        confirm={t.giveUp}
        reasonLabel={t.reason}
        leastReason={LEAST_REASON}
        act={({ reason }) =>
          call('POST /api/admin/payments/:id/cash-receipt/give-up', { params: { id }, body: { reason } })
        }
        done={done(t.givenUp)}
      >
        <p>{t.giveUpSays}</p>
      </Danger>
    </p>
  )
}
