import type { AnswerOf } from '../api/call.ts'
import { Badge, Won } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { DecideReceipt } from './decide-receipt.tsx'
import { paymentWords } from './words.ts'

type Receipt = NonNullable<AnswerOf<'GET /api/admin/payments/:id'>['payment']['cashReceipt']>

const TONES = {
  asked: 'plain',
  not_due: 'plain',
  by_provider: 'plain',
  due: 'waiting',
  sent: 'waiting',
  unknown: 'waiting',
  settled: 'good',
  refused: 'bad',
  given_up: 'plain',
} as const

/** The cash receipt of a payment: what it has to stand for, and what it stands for at the provider. */
export function CashReceipt({ receipt, paymentId }: { receipt: Receipt; paymentId: string }) {
  const t = useWords(paymentWords)
  const { state, use, number, selfIssued, target, standing, issueNumber, problemCode, problemMessage } =
    receipt
  const isOurs = state !== 'not_due' && state !== 'by_provider'
  const known = Object.entries(t.receiptProblems).find(([code]) => code === problemCode)?.[1]
  const facts = [
    [t.receiptNumber, use === null ? null : [t.receiptUses[use], number].filter(Boolean).join(' ')],
    [t.receiptTarget, isOurs ? <Won key="target" amount={target} /> : null],
    [t.receiptStanding, isOurs ? <Won key="standing" amount={standing} /> : null],
    [t.issueNumber, issueNumber],
    [
      t.problem,
      problemCode === null ? null : (known ?? [problemCode, problemMessage].filter(Boolean).join(': ')),
    ],
  ] as const
  return (
    <section className="panel" aria-label={t.receipt}>
      <h2>{t.receipt}</h2>
      <p>
        <Badge tone={TONES[state]}>{t.receiptStates[state]}</Badge> {selfIssued && t.selfIssued}{' '}
        {receipt.url !== null && (
          <a href={receipt.url} target="_blank" rel="noreferrer">
            {t.openReceipt}
          </a>
        )}
      </p>
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name} className="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {state === 'refused' && <DecideReceipt receipt={receipt} paymentId={paymentId} />}
    </section>
  )
}
