import { useQueryClient } from '@tanstack/react-query'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { orWaiting } from '../api/second-person.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Stamp, Won } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { useDone } from './decide.tsx'
import { paymentWords } from './words.ts'

type Refund = AnswerOf<'GET /api/admin/payments/:id'>['payment']['refunds'][number]

const TONES = {
  requested: 'waiting',
  sent: 'waiting',
  unknown: 'bad',
  succeeded: 'good',
  declined: 'plain',
} as const

/** What was given back of a payment, or is to be; one in doubt can be settled. */
export function Refunds({ refunds, paymentId }: { refunds: readonly Refund[]; paymentId: string }) {
  const t = useWords(paymentWords)
  if (refunds.length === 0) return null
  return (
    <section className="panel" aria-label={t.refunds}>
      <h2>{t.refunds}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col" className="right">
              {t.total}
            </th>
            <th scope="col">{t.state}</th>
            <th scope="col">{t.reason}</th>
            <th scope="col">{t.by}</th>
            <th scope="col">{t.createdAt}</th>
            <th scope="col">{t.decide}</th>
          </tr>
        </thead>
        <tbody>
          {refunds.map((refund) => (
            <tr key={refund.id}>
              <td className="right">
                <Won amount={refund.amount} />
              </td>
              <td>
                <Badge tone={TONES[refund.state]}>{t.refundStates[refund.state]}</Badge>
              </td>
              <td>{refund.reason}</td>
              <td>{refund.requestedBy}</td>
              <td>
                <Stamp at={refund.createdAt} />
              </td>
              <td>{refund.state === 'unknown' && <Settle refund={refund} paymentId={paymentId} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Settle({ refund, paymentId }: { refund: Refund; paymentId: string }) {
  const t = useWords(paymentWords)
  const language = useLanguage()
  const client = useQueryClient()
  const done = useDone(paymentId)
  const amount = wonText(refund.amount, language)
  const { id } = refund
  const lookUp = async () => {
    try {
      await call('POST /api/admin/refunds/:id/lookup', { params: { id } })
      say(t.lookedUp)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    void client.invalidateQueries({ queryKey: ['payment', paymentId] })
  }
  return (
    <p className="tools">
      <button type="button" onClick={() => void lookUp()}>
        {t.lookUp}
      </button>
      {(['given', 'not_given'] as const).map((outcome) => {
        const label = outcome === 'given' ? t.given : t.notGiven
        return (
          <Danger
            key={outcome}
            label={label}
            title={label}
            confirm={label}
            reasonLabel={t.evidence}
            leastReason={5}
            act={({ reason: evidence }) =>
              orWaiting(
                call('POST /api/admin/refunds/:id/decision', { params: { id }, body: { outcome, evidence } }),
              )
            }
            done={done}
          >
            <p>{outcome === 'given' ? t.givenSays(amount) : t.notGivenSays(amount)}</p>
            <p className="quiet">{t.secondSays}</p>
          </Danger>
        )
      })}
    </p>
  )
}
