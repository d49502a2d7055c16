import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call, newKey } from '../api/call.ts'
import { Badge, Won } from '../frame/stamp.tsx'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { useWords } from '../words/use-words.ts'
import { FeeForm } from './fee-form.tsx'
import { PatronStanding } from './patron-standing.tsx'
import { deskWords } from './words.ts'

type Patron = AnswerOf<'GET /api/patrons/cards/:card'>
type Loan = Patron['loans'][number]

/** The member at the desk: what they have, may have and owe. */
export function PatronPanel({ card, say }: { card: string | undefined; say(text: string): void }) {
  const t = useWords(deskWords)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['desk', 'patron', card],
    enabled: card !== undefined,
    queryFn: () => call('GET /api/patrons/cards/:card', { params: { card: card ?? '' } }),
    meta: { live: ['library.loan.'] },
  })
  if (card === undefined)
    return (
      <section className="panel">
        <h2>{t.patron}</h2>
        <p className="quiet">{t.noPatron}</p>
      </section>
    )
  return (
    <section className="panel" aria-label={t.patron}>
      <h2>
        {t.patron} <span className="figures">{card}</span>
      </h2>
      {data ? (
        <Known key={data.id} patron={data} say={say} />
      ) : error instanceof ApiProblem && error.status === 404 ? (
        <p className="state-failed" role="alert">
          {t.unknownCard}
        </p>
      ) : error ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        isPending && <Loading />
      )}
    </section>
  )
}

function Known({ patron, say }: { patron: Patron; say(text: string): void }) {
  const t = useWords(deskWords)
  const { category, copiesOut, limit, balance, blockedReason, state, loans } = patron
  return (
    <>
      <dl className="facts">
        <dt>{t.category}</dt>
        <dd>{t.categories[category]}</dd>
        <dt>{t.copies}</dt>
        <dd>{t.ofLimit(copiesOut, limit)}</dd>
        <dt>{t.owes}</dt>
        <dd>
          <Won amount={balance} />
        </dd>
      </dl>
      {state === 'inactive' && <p className="state-failed">{t.inactive}</p>}
      {blockedReason !== null && (
        <p className="state-failed">
          {t.blocked}: {blockedReason}
        </p>
      )}
      {balance > 0 && <FeeForm key={balance} patronId={patron.id} balance={balance} />}
      <PatronStanding key={category} patron={patron} say={say} />
      <h3>{t.loansOut}</h3>
      {loans.length === 0 ? (
        <p className="quiet">{t.noLoans}</p>
      ) : (
        <ul className="desk-loans">
          {loans.map((loan) => (
            <LoanRow key={loan.id} loan={loan} say={say} />
          ))}
        </ul>
      )}
    </>
  )
}

const TONES = { pending: 'waiting', cancelling: 'waiting', active: 'good', overdue: 'bad' } as const

function LoanRow({ loan, say }: { loan: Loan; say(text: string): void }) {
  const t = useWords(deskWords)
  const client = useQueryClient()
  const key = useRef(newKey())
  const [reason, setReason] = useState('')
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const { id, book, dueOn, state } = loan
  const renew = async (override: string | undefined) => {
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const body = override === undefined ? {} : { override: { reason: override } }
      const renewed = await call('POST /api/loans/:id/renew', { params: { id }, key: key.current, body })
      key.current = newKey()
      setReason('')
      say(t.renewed(renewed.dueOn))
      void client.invalidateQueries({ queryKey: ['desk'] })
    } catch (failure) {
      setError(failure)
      if (failure instanceof ApiProblem && failure.status < 500) key.current = newKey()
    }
    setRunning(false)
  }
  const mayAllow =
    error instanceof ApiProblem &&
    error.code === 'renewal_refused' &&
    error.fields.every((field) => field.code !== 'not_later')
  return (
    <li>
      <p>
        <strong>{book.title ?? book.id}</strong>{' '}
        <Badge tone={state in TONES ? TONES[state as keyof typeof TONES] : 'plain'}>{t.states[state]}</Badge>
      </p>
      <p className="desk-loan-line">
        <span className="figures">
          {t.due} {dueOn}
        </span>
        {loan.wouldBe && (
          <span>
            {t.late(loan.wouldBe.lateDays)} · <Won amount={loan.wouldBe.fee} />
          </span>
        )}
        {(state === 'active' || state === 'overdue') && (
          <button
            type="button"
            disabled={running}
            aria-label={`${book.title ?? ''} ${t.renew}`}
            onClick={() => void renew(undefined)}
          >
            {t.renew}
          </button>
        )}
      </p>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      {mayAllow && (
        <div className="desk-form">
          <label>
            {t.overrideReason}
            <input
              type="text"
              maxLength={300}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
          <button
            type="button"
            disabled={running || reason.trim() === ''}
            onClick={() => void renew(reason.trim())}
          >
            {t.renewAnyway}
          </button>
        </div>
      )}
    </li>
  )
}
