import type { ReactNode } from 'react'
import type { LegalText, SavedAddress } from '../../../src/identity/index.ts'
import { MAX_QUANTITY } from '../../../src/shop/orders/index.ts'
import type { MethodInUse, SubscriptionDetailView } from '../../../src/shop/subscriptions/index.ts'
import type { Wrong } from '../../ui/field.tsx'
import { dayText, momentText, wonText } from '../../ui/format.ts'
import { Amount, Facts, Notice, Thumb } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import { BoughtUnder } from '../legal/bought-under.tsx'
import { periodKey, periodsToChoose } from '../shop/periods.ts'
import { ReceiverFields, type ReceiverForm } from '../shop/receiver-fields.tsx'
import { AddressChoice } from '../shop/saved-addresses.tsx'

/** What the page says of the last wish, and what was typed for it. */
export interface Said {
  done?: string
  trouble?: string
  wrong?: Wrong
  typed?: ReceiverForm
}

interface Props {
  world: World
  visit: Visit
  subscription: SubscriptionDetailView
  /** Those that can be charged. */
  methods: readonly MethodInUse[]
  receiver: ReceiverForm
  addresses: readonly SavedAddress[]
  boughtUnder: readonly LegalText[]
  said: Said
}

/** One subscription, with the forms that change it. */
export function SubscriptionDetail(props: Props) {
  const { visit, subscription, boughtUnder, said } = props
  const { words, language } = visit
  const t = words.subscriptions
  const { item, state, nextCharge } = subscription
  return (
    <div className="wide subscription-page">
      <h1>{t.detail}</h1>
      {said.trouble && <Notice kind="wrong">{said.trouble}</Notice>}
      {said.done && <Notice kind="done">{said.done}</Notice>}
      <Warnings {...props} />
      <section className="box">
        <p className="card-head">
          <strong className={`state ${state}`}>{t.states[state]}</strong>
          <a href={visit.to(`/consents/${subscription.consent.version}`)}>{words.orders.consent}</a>
        </p>
        <div className="line">
          <Thumb itemId={item.id} thumbnail={item.thumbnail} />
          <div className="line-text">
            <span className="brand">{item.enterprise}</span>
            <a className="name" href={visit.to(`/items/${item.id}`)}>
              {item.name}
            </a>
            <span className="quiet">{words.orders.pieces(subscription.quantity)}</span>
          </div>
          <strong>
            <Amount won={subscription.amount} language={language} />
          </strong>
        </div>
        <Facts
          rows={[
            [
              t.next,
              nextCharge ? <strong key="next">{dayText(nextCharge.chargeOn, language)}</strong> : t.noNext,
            ],
            [t.every, words.item.every(subscription.period.unit, subscription.period.count)],
            [t.since, dayText(subscription.anchor, language)],
          ]}
        />
      </section>
      {state !== 'cancelled' && (
        <>
          <Upcoming visit={visit} subscription={subscription} />
          <Changes {...props} />
        </>
      )}
      <History visit={visit} subscription={subscription} />
      <BoughtUnder visit={visit} texts={boughtUnder} />
      {state !== 'cancelled' && (
        <details className="danger">
          <summary>{t.cancel}</summary>
          <Ask visit={visit} id={subscription.id} wish="cancel">
            <p>{t.cancelText}</p>
            <button className="button red" type="submit">
              {t.cancelDo}
            </button>
          </Ask>
        </details>
      )}
    </div>
  )
}

/** A form that asks one thing of a subscription. */
function Ask({ visit, id, wish, children }: { visit: Visit; id: string; wish: string; children: ReactNode }) {
  return (
    <form action={visit.to(`/subscriptions/${id}/${wish}`)} method="post" data-once="">
      {children}
    </form>
  )
}

function Warnings({ visit, subscription }: Props) {
  const { words, language } = visit
  const t = words.subscriptions
  const { id, item, overdue, needsMethod, pendingPrice, pause, cancelledAt, cancelReason } = subscription
  return (
    <>
      {cancelledAt !== null && (
        <Notice kind="wait">
          {t.cancelledOn(dayText(cancelledAt, language))}
          {cancelReason === 'item_discontinued' && ` ${t.discontinued}`}
        </Notice>
      )}
      {cancelledAt === null && !item.isSold && <Notice kind="wrong">{t.notSold}</Notice>}
      {overdue && (
        <Notice kind="wrong">
          {(overdue.waitingFor === 'retry' ? t.overdueRetry : t.overdueMethod)(
            wonText(overdue.amount, language),
            momentText(overdue.until, language),
          )}
        </Notice>
      )}
      {needsMethod && !overdue && <Notice kind="wrong">{t.needsMethod}</Notice>}
      {pause && (
        <Notice kind="wait">
          {t.pausedFrom(
            dayText(pause.from, language),
            pause.until === null ? null : dayText(pause.until, language),
          )}
        </Notice>
      )}
      {pendingPrice && (
        <div className="notice wait">
          <p>{t.price(wonText(pendingPrice.unitPrice, language))}</p>
          <Ask visit={visit} id={id} wish="accept-price">
            <input type="hidden" name="price" value={pendingPrice.unitPrice} />
            <button className="button" type="submit">
              {t.acceptPrice}
            </button>
          </Ask>
        </div>
      )}
    </>
  )
}

function Upcoming({ visit, subscription }: Pick<Props, 'visit' | 'subscription'>) {
  const { words, language } = visit
  const t = words.subscriptions
  if (subscription.upcoming.length === 0) return null
  return (
    <section className="box">
      <h2>{t.upcoming}</h2>
      <ul className="upcoming">
        {subscription.upcoming.map(({ cycleNo, due, chargeOn, plan, amount, changeableUntil }) => (
          <li key={cycleNo} className={plan}>
            <div>
              <strong>{dayText(chargeOn, language)}</strong>
              <span className={`state ${plan}`}>{t.plans[plan]}</span>
              <small className="quiet">
                {plan === 'charge' && `${wonText(amount, language)} · `}
                {t.changeableUntil(momentText(changeableUntil, language))}
              </small>
            </div>
            {plan !== 'paused' && subscription.state !== 'paused' && (
              <Ask visit={visit} id={subscription.id} wish={plan === 'skipped' ? 'unskip' : 'skip'}>
                <input type="hidden" name="due" value={due} />
                <button
                  className="button small plain"
                  type="submit"
                  aria-label={`${dayText(chargeOn, language)} ${plan === 'skipped' ? t.unskip : t.skip}`}
                >
                  {plan === 'skipped' ? t.unskip : t.skip}
                </button>
              </Ask>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Changes({ world, visit, subscription, methods, receiver, addresses, said }: Props) {
  const { words } = visit
  const t = words.subscriptions
  const { id, period, quantity, paymentMethodId, state } = subscription
  const { terms } = world.subscriptions.pages
  return (
    <section className="box changes">
      <details>
        <summary>{t.quantity}</summary>
        <Ask visit={visit} id={id} wish="quantity">
          <label className="inline">
            <span>{words.item.quantity}</span>
            <input
              type="number"
              name="quantity"
              min={1}
              max={MAX_QUANTITY}
              defaultValue={quantity}
              required
              inputMode="numeric"
            />
          </label>
          <button className="button" type="submit">
            {t.change}
          </button>
        </Ask>
      </details>
      <details>
        <summary>{t.period}</summary>
        <Ask visit={visit} id={id} wish="period">
          <label className="inline">
            <span>{t.every}</span>
            <select name="period" defaultValue={periodKey(period)}>
              {periodsToChoose(terms.periods, period).map((one) => (
                <option key={periodKey(one)} value={periodKey(one)}>
                  {words.item.every(one.unit, one.count)}
                </option>
              ))}
            </select>
          </label>
          <button className="button" type="submit">
            {t.change}
          </button>
        </Ask>
      </details>
      <details id="receiver" open={said.typed !== undefined}>
        <summary>{t.receiver}</summary>
        <AddressChoice
          visit={visit}
          addresses={addresses}
          form={receiver}
          href={(address) => visit.to(`/subscriptions/${id}?address=${address}#receiver`)}
        />
        <Ask visit={visit} id={id} wish="receiver">
          <ReceiverFields visit={visit} form={receiver} wrong={said.wrong} />
          <button className="button" type="submit">
            {t.change}
          </button>
        </Ask>
      </details>
      <details>
        <summary>{t.method}</summary>
        {methods.length === 0 ? (
          <p>{t.noMethods}</p>
        ) : (
          <Ask visit={visit} id={id} wish="method">
            <div className="providers">
              {methods.map((method) => (
                <label key={method.id} className="choice">
                  <input
                    type="radio"
                    name="method"
                    value={method.id}
                    defaultChecked={method.id === paymentMethodId}
                    required
                  />
                  <MethodName visit={visit} method={method} />
                </label>
              ))}
            </div>
            <button className="button" type="submit">
              {t.change}
            </button>
          </Ask>
        )}
        <p>
          <a href={visit.to('/payment-methods')}>{t.addMethod}</a>
        </p>
      </details>
      {state === 'paused' ? (
        <Ask visit={visit} id={id} wish="resume">
          <button className="button" type="submit">
            {t.resume}
          </button>
        </Ask>
      ) : (
        <details>
          <summary>{t.pause}</summary>
          <Ask visit={visit} id={id} wish="pause">
            <label className="inline">
              <span>{t.pauseUntil}</span>
              <input type="date" name="until" />
            </label>
            <button className="button" type="submit">
              {t.pause}
            </button>
          </Ask>
        </details>
      )}
    </section>
  )
}

/** A payment method by its provider and what is known of it. */
export function MethodName({ visit, method }: { visit: Visit; method: MethodInUse }) {
  const names: Readonly<Record<string, string>> = visit.words.providers
  return (
    <span>
      <strong>{names[method.provider] ?? method.provider}</strong> {method.display}
    </span>
  )
}

function History({ visit, subscription }: Pick<Props, 'visit' | 'subscription'>) {
  const { words, language } = visit
  const t = words.subscriptions
  if (subscription.cycles.length === 0) return null
  return (
    <section className="box">
      <h2>{t.history}</h2>
      <ul className="upcoming">
        {subscription.cycles.map(({ cycleNo, due, state, orderId }) => (
          <li key={cycleNo}>
            <div>
              <strong>{dayText(due, language)}</strong>
              <span className={`state ${state}`}>{t.cycles[state]}</span>
            </div>
            {orderId !== null && (
              <a
                href={visit.to(`/orders/${orderId}`)}
                aria-label={`${dayText(due, language)} ${words.orders.detail}`}
              >
                {words.orders.detail}
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
