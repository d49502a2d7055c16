import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Stamp } from '../frame/stamp.tsx'
import { Failed, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { terminalWords } from './words.ts'

type Refusal = AnswerOf<'GET /api/terminals/offline-refusals'>['data'][number]

/** What machines have done, offline or by taking money, and is refused; nothing is shown while there is nothing. */
export function OfflineRefusals() {
  const t = useWords(terminalWords)
  const { data, error, refetch } = useQuery({
    queryKey: ['terminals', 'offline-refusals'],
    queryFn: () => call('GET /api/terminals/offline-refusals'),
  })
  if (error) return <Failed error={error} again={() => void refetch()} />
  if (!data || data.data.length === 0) return null
  return (
    <section className="panel" aria-label={t.refusals}>
      <h2>{t.refusals}</h2>
      <p>{t.refusalsSay}</p>
      <ScrollTable label={t.refusals} look="low">
        <thead>
          <tr>
            <th scope="col">{t.doneAt}</th>
            <th scope="col">{t.place}</th>
            <th scope="col">{t.what}</th>
            <th scope="col">{t.card}</th>
            <th scope="col">{t.barcode}</th>
            <th scope="col">{t.why}</th>
            <th scope="col">{t.settle}</th>
          </tr>
        </thead>
        <tbody>
          {data.data.map((refusal) => (
            <Row key={refusal.id} refusal={refusal} />
          ))}
        </tbody>
      </ScrollTable>
    </section>
  )
}

function Row({ refusal }: { refusal: Refusal }) {
  const { id, doneAt, terminal, what, card, barcode, amount, paymentRef, code } = refusal
  const t = useWords(terminalWords)
  const language = useLanguage()
  const client = useQueryClient()
  const [error, setError] = useState<unknown>()
  const settle = async () => {
    setError(undefined)
    try {
      await call('DELETE /api/terminals/offline-refusals/:id', { params: { id } })
      say(t.settled)
      void client.invalidateQueries({ queryKey: ['terminals', 'offline-refusals'] })
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <tr>
      <td>
        <Stamp at={doneAt} />
      </td>
      <td>{terminal}</td>
      <td>{t.works[what]}</td>
      <td className="figures">{card}</td>
      <td className="figures">
        {what === 'payment'
          ? `${amount === null ? t.unreadable : wonText(amount, language)} ${paymentRef}`
          : barcode}
      </td>
      <td>{t.codes[code] ?? code}</td>
      <td>
        <button type="button" onClick={() => void settle()}>
          {t.settle}
        </button>
        {error !== undefined && (
          <div className="state-failed" role="alert">
            <Said error={error} />
          </div>
        )}
      </td>
    </tr>
  )
}
