import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { phoneText, wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Stamp, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { Cycles, Upcoming } from './deliveries.tsx'
import { ProposePrice } from './propose-price.tsx'
import { SUBSCRIPTION_NEWS, SubscriptionState, usePeriodText } from './subscription.tsx'
import { subscriptionWords } from './words.ts'

type Detail = AnswerOf<'GET /api/subscriptions/:id'>

/** One subscription: what was agreed, what comes next, and what has been. */
export function SubscriptionPage() {
  const t = useWords(subscriptionWords)
  const { subscriptionId } = useParams({ from: '/subscriptions/$subscriptionId' })
  const query = useQuery({
    queryKey: ['subscription', subscriptionId],
    queryFn: () => call('GET /api/subscriptions/:id', { params: { id: subscriptionId } }),
    meta: { live: SUBSCRIPTION_NEWS },
  })
  if (query.data === undefined)
    return (
      <div className="page">
        <h1>{t.title}</h1>
        {query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <Loading />}
      </div>
    )
  const detail = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>{detail.item.name ?? t.of}</h1>
        <SubscriptionState state={detail.state} />
        <p className="tools">
          <Link to="/subscriptions">{t.title}</Link>
          <Link to="/items/$itemId" params={{ itemId: detail.item.id }}>
            {t.item}
          </Link>
          <Link to="/orders/$orderId" params={{ orderId: detail.firstOrderId }}>
            {t.firstOrder}
          </Link>
        </p>
      </div>
      <Agreement detail={detail} />
      {detail.state !== 'cancelled' && <Steps detail={detail} />}
      <div className="side-by-side">
        <section className="panel" aria-labelledby="subscription-upcoming">
          <h2 id="subscription-upcoming">{t.upcoming}</h2>
          <Upcoming upcoming={detail.upcoming} />
        </section>
        <section className="panel" aria-labelledby="subscription-history">
          <h2 id="subscription-history">{t.history}</h2>
          <Cycles cycles={detail.cycles} />
        </section>
      </div>
    </div>
  )
}

function Agreement({ detail }: { detail: Detail }) {
  const t = useWords(subscriptionWords)
  const language = useLanguage()
  const periodText = usePeriodText()
  const { receiver, pendingPrice, overdue, pause, cancelledBy, cancelReason } = detail
  return (
    <section className="panel" aria-labelledby="subscription-facts">
      <h2 id="subscription-facts">{t.facts}</h2>
      {detail.needsMethod && <p className="note">{t.needsMethod}</p>}
      {overdue !== null && (
        <p className="note">
          {t.overdue(wonText(overdue.amount, language))} · {t.waitingFor[overdue.waitingFor]}{' '}
          <Stamp at={overdue.until} />
        </p>
      )}
      <dl className="facts">
        <dt>{t.amount}</dt>
        <dd>
          <strong>
            <Won amount={detail.amount} />
          </strong>{' '}
          <span className="quiet">
            <Won amount={detail.unitPrice} /> × {detail.quantity}
          </span>
        </dd>
        {pendingPrice !== null && (
          <>
            <dt>{t.pending}</dt>
            <dd>
              <Won amount={pendingPrice.unitPrice} /> (<Stamp at={pendingPrice.proposedAt} />)
            </dd>
          </>
        )}
        <dt>{t.period}</dt>
        <dd>{periodText(detail.period)}</dd>
        <dt>{t.next}</dt>
        <dd className="figures">{detail.nextCharge?.chargeOn ?? '–'}</dd>
        {pause !== null && (
          <>
            <dt>{t.pause}</dt>
            <dd className="figures">
              {pause.from} – {pause.until}
            </dd>
          </>
        )}
        <dt>{t.receiver}</dt>
        <dd>
          {receiver.name} · <span className="figures">{phoneText(receiver.phone)}</span>
        </dd>
        <dt>{t.address}</dt>
        <dd>
          ({receiver.address.postalCode}) {receiver.address.city} {receiver.address.detail}
        </dd>
        <dt>{t.customer}</dt>
        <dd>{detail.customerId}</dd>
        <dt>{t.consent}</dt>
        <dd>
          {detail.consent.version} · <Stamp at={detail.consent.at} />
        </dd>
        <dt>{t.startedAt}</dt>
        <dd>
          <Stamp at={detail.startedAt} />
        </dd>
        {detail.cancelledAt !== null && (
          <>
            <dt>{t.cancelledAt}</dt>
            <dd>
              <Stamp at={detail.cancelledAt} />
              {cancelledBy !== null && ` · ${t.by[cancelledBy]}`}
              {cancelReason !== null && ` · ${t.reasons[cancelReason]}`}
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

/** What can be done with one that has not ended. */
function Steps({ detail }: { detail: Detail }) {
  const t = useWords(subscriptionWords)
  const client = useQueryClient()
  const [reason, setReason] = useState<'merchant_decision' | 'item_discontinued'>('merchant_decision')
  const params = { id: detail.id }
  const name = detail.item.name ?? detail.item.id
  const changed = (text: string) => {
    say(text)
    for (const queryKey of [['subscription', detail.id], ['subscriptions']])
      void client.invalidateQueries({ queryKey })
  }
  return (
    <div className="page-head">
      <ProposePrice subscriptions={[detail]} done={() => {}} />
      {detail.cycles.some(({ state }) => state === 'frozen') && (
        <Danger
          label={t.retry}
          title={t.retry}
          confirm={t.retry}
          reason="none"
          act={() => call('POST /api/admin/subscriptions/:id/retry', { params, body: {} })}
          done={() => changed(t.retried)}
        >
          <p>{t.retrySays(name)}</p>
        </Danger>
      )}
      <Danger
        label={t.cancel}
        title={t.cancelTitle}
        confirm={t.cancelDo}
        reason="none"
        act={() => call('POST /api/admin/subscriptions/:id/cancel', { params, body: { reason } })}
        done={() => changed(t.cancelled)}
      >
        <p>{t.cancelSays(name, detail.receiver.name)}</p>
        <label>
          {t.cancelBecause}{' '}
          <select
            value={reason}
            onChange={(event) =>
              setReason(
                event.target.value === 'item_discontinued' ? 'item_discontinued' : 'merchant_decision',
              )
            }
          >
            <option value="merchant_decision">{t.reasons.merchant_decision}</option>
            <option value="item_discontinued">{t.reasons.item_discontinued}</option>
          </select>
        </label>
      </Danger>
    </div>
  )
}
