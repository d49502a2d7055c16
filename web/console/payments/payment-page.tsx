import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Stamp, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { CashReceipt } from './cash-receipt.tsx'
import { Decide, NamePayment } from './decide.tsx'
import { PaymentBadge } from './payment-state.tsx'
import { useDoubtText, useStepText } from './payment-words.ts'
import { Proposals } from './proposals.tsx'
import { Refunds } from './refunds.tsx'
import { paymentWords } from './words.ts'

const route = getRouteApi('/payments/$id')

type Detail = AnswerOf<'GET /api/admin/payments/:id'>

/** One payment: what we have written down beside what the provider said, and what can be done. */
export function PaymentPage() {
  const t = useWords(paymentWords)
  const { id } = route.useParams()
  const query = useQuery({
    queryKey: ['payment', id],
    queryFn: () => call('GET /api/admin/payments/:id', { params: { id } }),
    meta: { live: ['shop.payment.'] },
  })
  return (
    <div className="page">
      <p>
        <Link to="/payments">{t.title}</Link>
      </p>
      {query.data ? (
        <Payment detail={query.data} />
      ) : (
        <>
          <h1>{t.id}</h1>
          {query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <Loading />}
        </>
      )}
    </div>
  )
}

function Payment({ detail }: { detail: Detail }) {
  const t = useWords(paymentWords)
  const stepText = useStepText()
  const { payment, history } = detail
  const isUnknown = payment.state === 'unknown'
  return (
    <>
      <div className="page-head">
        <h1>
          <Won amount={payment.total} />
        </h1>
        <PaymentBadge state={payment.state} />
        <div className="tools">{isUnknown && <LookUp id={payment.id} />}</div>
      </div>
      <Proposals of={[payment.id, ...payment.refunds.map(({ id }) => id)]} />
      <div className="side-by-side">
        <Ours payment={payment} />
        <section className="panel" aria-label={t.theirs}>
          <h2>{t.theirs}</h2>
          {history.length === 0 ? (
            <p className="quiet">{t.noAnswer}</p>
          ) : (
            <ol className="history">
              {history.map(({ at, step, note }) => (
                <li key={`${at} ${step}`}>
                  <Stamp at={at} /> <strong>{stepText(step)}</strong>
                  <Note note={note} />
                </li>
              ))}
            </ol>
          )}
        </section>
      </div>
      {isUnknown && <Decide payment={payment} />}
      {payment.state === 'succeeded' && payment.providerRef === null && <NamePayment id={payment.id} />}
      {payment.cashReceipt && <CashReceipt receipt={payment.cashReceipt} paymentId={payment.id} />}
      <Refunds refunds={payment.refunds} paymentId={payment.id} />
    </>
  )
}

function Ours({ payment }: { payment: Detail['payment'] }) {
  const t = useWords(paymentWords)
  const doubtText = useDoubtText()
  const facts = [
    [t.id, payment.id],
    [t.customer, payment.ownerId],
    [t.provider, payment.provider],
    [t.origin, t.origins[payment.origin]],
    [t.unknownReason, payment.unknownReason === null ? null : doubtText(payment.unknownReason)],
    [t.declineCode, payment.declineCode],
    [t.providerRef, payment.providerRef],
    [t.looks, String(payment.looks)],
    [t.needsReview, payment.needsReview ? t.yes : t.no],
  ] as const
  const moments = [
    [t.createdAt, payment.createdAt],
    [t.sentAt, payment.sentAt],
    [t.nextLookAt, payment.nextLookAt],
  ] as const
  return (
    <section className="panel" aria-label={t.ours}>
      <h2>{t.ours}</h2>
      <dl className="facts">
        <dt>{t.order}</dt>
        <dd>
          <Link to="/orders/$orderId" params={{ orderId: payment.orderId }}>
            {payment.orderId}
          </Link>{' '}
          <Link to="/payments" search={{ show: 'all', orderId: payment.orderId }}>
            {t.ofOrder}
          </Link>
        </dd>
        {facts.map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value ?? '–'}</dd>
          </div>
        ))}
        {moments.map(([name, at]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>
              <Stamp at={at} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** What was written down at a step: facts, whatever they are. */
export function Note({ note }: { note: unknown }) {
  if (typeof note !== 'object' || note === null)
    return note === null ? null : <p>{typeof note === 'string' ? note : JSON.stringify(note)}</p>
  const facts = Object.entries(note)
  if (facts.length === 0) return null
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Asking is no danger: it settles only what the provider says. */
function LookUp({ id }: { id: string }) {
  const t = useWords(paymentWords)
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const ask = async () => {
    setBusy(true)
    try {
      await call('POST /api/admin/payments/:id/lookup', { params: { id } })
      say(t.lookedUp)
      await client.invalidateQueries({ queryKey: ['payment', id] })
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
  }
  return (
    <button type="button" className="main" disabled={busy} onClick={() => void ask()}>
      {busy ? t.looking : t.lookUp}
    </button>
  )
}
