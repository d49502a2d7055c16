import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { type DoneOrWaiting, orWaiting } from '../api/second-person.ts'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { paymentWords } from './words.ts'

type PaymentOf = AnswerOf<'GET /api/admin/payments/:id'>['payment']

const LEAST_EVIDENCE = 5

/** What somebody saw in the provider's own console, and what follows from it. */
export function Decide({ payment }: { payment: PaymentOf }) {
  const t = useWords(paymentWords)
  const language = useLanguage()
  const done = useDone(payment.id)
  const { id } = payment
  const amount = wonText(payment.total, language)
  const [providerRef, setProviderRef] = useState('')
  const whose = <p>{t.whose(payment.orderId, payment.ownerId)}</p>
  return (
    <section className="panel" aria-label={t.decide}>
      <h2>{t.decide}</h2>
      <p>{t.decideSays}</p>
      <p className="tools">
        <Danger
          label={t.charged}
          title={t.chargedTitle}
          confirm={t.charged}
          reasonLabel={t.evidence}
          leastReason={LEAST_EVIDENCE}
          act={({ reason: evidence }) =>
            orWaiting(
              call('POST /api/admin/payments/:id/decision', {
                params: { id },
                body: { outcome: 'charged', evidence, providerRef: providerRef.trim() || undefined },
              }),
            )
          }
          done={done}
        >
          <p>{t.chargedSays(amount)}</p>
          {whose}
          <p className="quiet">{t.secondSays}</p>
          {payment.providerRef === null && <Ref value={providerRef} change={setProviderRef} />}
        </Danger>
        <Danger
          label={t.notCharged}
          title={t.notChargedTitle}
          confirm={t.notCharged}
          reasonLabel={t.evidence}
          leastReason={LEAST_EVIDENCE}
          act={({ reason: evidence }) =>
            orWaiting(
              call('POST /api/admin/payments/:id/decision', {
                params: { id },
                body: { outcome: 'not_charged', evidence },
              }),
            )
          }
          done={done}
        >
          <p>{t.notChargedSays(amount)}</p>
          {whose}
          <p className="quiet">{t.secondSays}</p>
        </Danger>
      </p>
    </section>
  )
}

/** For a charge that is known from evidence only. */
export function NamePayment({ id }: { id: string }) {
  const t = useWords(paymentWords)
  const client = useQueryClient()
  const [providerRef, setProviderRef] = useState('')
  return (
    <p>
      <Danger
        label={t.name}
        title={t.nameTitle}
        confirm={t.name}
        reasonLabel={t.evidence}
        leastReason={LEAST_EVIDENCE}
        act={({ reason: evidence }) =>
          call('POST /api/admin/payments/:id/provider-ref', {
            params: { id },
            body: { providerRef: providerRef.trim(), evidence },
          })
        }
        done={() => {
          say(t.named)
          void client.invalidateQueries({ queryKey: ['payment', id] })
        }}
      >
        <p>{t.nameSays}</p>
        <Ref value={providerRef} change={setProviderRef} />
      </Danger>
    </p>
  )
}

function Ref({ value, change }: { value: string; change(next: string): void }) {
  const t = useWords(paymentWords)
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{t.providerRef}</label>
      <input id={id} value={value} maxLength={200} onChange={(event) => change(event.target.value)} />
    </div>
  )
}

/** Says what became of a decision, and asks for the payment again. */
export function useDone(paymentId: string): (outcome: DoneOrWaiting<unknown>) => void {
  const t = useWords(paymentWords)
  const client = useQueryClient()
  return ({ kind }) => {
    say(kind === 'waiting' ? t.waiting : t.decided)
    void client.invalidateQueries({ queryKey: ['payment', paymentId] })
    for (const name of ['proposals', 'payments']) void client.invalidateQueries({ queryKey: [name] })
  }
}
