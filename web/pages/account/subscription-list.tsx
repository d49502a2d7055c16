import type { SubscriptionView } from '../../../src/shop/subscriptions/index.ts'
import { dayText } from '../../ui/format.ts'
import { Amount, Thumb } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'

/** Subscriptions, each with its next charge. */
export function SubscriptionList({
  visit,
  subscriptions,
}: {
  visit: Visit
  subscriptions: readonly SubscriptionView[]
}) {
  const { words, language } = visit
  return (
    <ul className="cards">
      {subscriptions.map(({ id, state, item, quantity, amount, period, nextCharge }) => (
        <li key={id} className="box">
          <p className="card-head">
            <span>
              {nextCharge
                ? `${words.subscriptions.next} ${dayText(nextCharge.chargeOn, language)}`
                : words.subscriptions.noNext}
            </span>
            <span className={`state ${state}`}>{words.subscriptions.states[state]}</span>
          </p>
          <a className="line" href={visit.to(`/subscriptions/${id}`)}>
            <Thumb itemId={item.id} thumbnail={item.thumbnail} lazy />
            <span className="line-text">
              <span className="brand">{item.enterprise}</span>
              <span className="name">{item.name}</span>
              <span className="quiet">
                {words.item.every(period.unit, period.count)} · {words.orders.pieces(quantity)}
              </span>
            </span>
            <strong>
              <Amount won={amount} language={language} />
            </strong>
          </a>
        </li>
      ))}
    </ul>
  )
}
