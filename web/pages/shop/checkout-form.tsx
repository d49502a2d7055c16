import { MOST_ADDRESSES, type SavedAddress } from '../../../src/identity/index.ts'
import type { ConsentText, ReturnPolicy } from '../../../src/shop/orders/index.ts'
import { Tick, type Wrong } from '../../ui/field.tsx'
import { wonText } from '../../ui/format.ts'
import { Amount, Facts, Notice, Thumb } from '../../ui/parts.tsx'
import { ReceiptChoice, type ReceiptForm } from '../buying/cash-receipt.tsx'
import { CouponChoice, type OwnCoupon } from '../buying/coupons.tsx'
import type { Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import { ReceiverFields, type ReceiverForm } from './receiver-fields.tsx'
import { AddressChoice } from './saved-addresses.tsx'
import { SendingBack } from './sending-back.tsx'
import { type Basket, lineText, type WantedLine } from './wanted.ts'

/** What the form is filled with, and what was wrong with it. */
export interface CheckoutState {
  basket: Basket
  receiver: ReceiverForm
  /** Those to choose from, the default first. */
  addresses: readonly SavedAddress[]
  coupons: readonly OwnCoupon[]
  provider: string | null
  receipt?: ReceiptForm | undefined
  /** Names this order, however often the form is sent. */
  key: string
  wrong?: Wrong
  trouble?: string
}

/** The form of the checkout: receiver, lines, consent and who takes the money. */
export function CheckoutForm({
  world,
  visit,
  state,
  consent,
  returns,
}: {
  world: World
  visit: Visit
  state: CheckoutState
  /** What is agreed to where something comes again. */
  consent: ConsentText
  returns: ReturnPolicy
}) {
  const { words, language } = visit
  const { basket, receiver, addresses, coupons, wrong, trouble, key } = state
  const { lines, origin, discount, deliveryFee, total } = basket
  const ownDiscount = discount - (basket.coupon?.discount ?? 0)
  const chosen = basket.coupon?.id ?? ''
  const isRecurring = lines.some(({ subscription }) => subscription)
  return (
    <form id="checkout" className="wide checkout" action={visit.to('/checkout')} method="post" data-once="">
      <h1>{words.checkout.title}</h1>
      {trouble && <Notice kind="wrong">{trouble}</Notice>}
      <input type="hidden" name="key" value={key} />
      <input type="hidden" name="total" value={total} />
      {chosen && <input type="hidden" name="coupon" value={chosen} />}
      <div className="checkout-main">
        <section className="box">
          <h2>{words.checkout.items}</h2>
          <ul className="lines-list">
            {lines.map((line) => (
              <OrderedLine key={lineText(line)} visit={visit} line={line} />
            ))}
          </ul>
        </section>
        <section className="box">
          <h2>{words.checkout.receiver}</h2>
          <AddressChoice
            visit={visit}
            addresses={addresses}
            form={receiver}
            href={(id) => visit.to(`/checkout?${addressOf(lines, { address: id, coupon: chosen })}`)}
          />
          <ReceiverFields visit={visit} form={receiver} wrong={wrong} />
          {addresses.length < MOST_ADDRESSES && (
            <label className="tick field">
              <input type="checkbox" name="saveAddress" value="yes" />
              <span>{words.buying.addresses.save}</span>
            </label>
          )}
        </section>
        <CouponChoice
          visit={visit}
          // They are for what is bought once.
          coupons={lines.every(({ subscription }) => subscription) ? [] : coupons}
          used={basket.coupon}
          href={(coupon) => {
            const address = visit.query.get('address') ?? ''
            return visit.to(`/checkout?${addressOf(lines, { address, coupon })}`)
          }}
        />
        <section className="box">
          <h2>{words.checkout.method}</h2>
          <ProviderChoice world={world} visit={visit} chosen={state.provider} />
          {wrong?.provider && <p className="error">{wrong.provider}</p>}
        </section>
        {/* What is paid again and again is paid by card, or by KakaoPay. */}
        {!isRecurring && <ReceiptChoice world={world} visit={visit} chosen={state.receipt} wrong={wrong} />}
      </div>
      <aside className="box checkout-side">
        <h2>{words.checkout.amounts}</h2>
        <Facts
          rows={[
            [words.checkout.goods, <Amount key="goods" won={origin} language={language} />],
            [
              words.checkout.discount,
              ownDiscount > 0 ? (
                <span key="discount" className="off">
                  −<Amount won={ownDiscount} language={language} />
                </span>
              ) : null,
            ],
            [
              words.buying.coupons.one,
              basket.coupon ? (
                <span key="coupon" className="off">
                  −<Amount won={basket.coupon.discount} language={language} />
                </span>
              ) : null,
            ],
            [
              words.checkout.delivery,
              deliveryFee > 0 ? (
                <Amount key="fee" won={deliveryFee} language={language} />
              ) : (
                words.checkout.free
              ),
            ],
          ]}
        />
        <p className="grand-total">
          <span>{words.checkout.total}</span>
          <strong>
            <Amount won={total} language={language} />
          </strong>
        </p>
        {isRecurring && <Consent visit={visit} state={state} consent={consent} />}
        <SendingBack visit={visit} returns={returns} />
        <p className="quiet">{words.checkout.agree}</p>
        <button className="button wide-button in-bar" type="submit">
          {words.checkout.pay(wonText(total, language))}
        </button>
      </aside>
    </form>
  )
}

/** The same page with another address in its fields, or another coupon. */
function addressOf(lines: readonly WantedLine[], more: { address: string; coupon: string }): URLSearchParams {
  const chosen = Object.entries(more).filter(([, id]) => id !== '')
  return new URLSearchParams([...lines.map((line) => ['line', lineText(line)]), ...chosen])
}

function OrderedLine({ visit, line }: { visit: Visit; line: WantedLine }) {
  const { words, language } = visit
  const { item, quantity, subscription, unitPrice } = line
  return (
    <li className="line">
      <input type="hidden" name="line" value={lineText(line)} />
      <Thumb itemId={item.id} thumbnail={item.thumbnail} />
      <div>
        <p className="brand">{item.enterprise}</p>
        <p className="name">{item.name}</p>
        <p className="quiet">
          {words.orders.pieces(quantity)}
          {subscription &&
            ` · ${words.item.subscribe} ${words.item.every(subscription.unit, subscription.count)}`}
        </p>
      </div>
      <strong>
        <Amount won={unitPrice * quantity} language={language} />
      </strong>
    </li>
  )
}

/** The providers on offer, in the colours people know them by. */
export function ProviderChoice({
  world,
  visit,
  chosen,
}: {
  world: World
  visit: Visit
  chosen: string | null
}) {
  const providers = world.payments.pages.providers()
  const first = chosen ?? providers[0]?.name
  return (
    <div className="providers">
      {providers.map(({ name }) => (
        <label key={name} className={`choice provider ${name}`}>
          <input type="radio" name="provider" value={name} defaultChecked={name === first} required />
          <strong>{visit.words.providers[name]}</strong>
        </label>
      ))}
    </div>
  )
}

/** Apart from everything else, unticked, with its full text. */
function Consent({
  visit,
  state,
  consent: { version, text },
}: {
  visit: Visit
  state: CheckoutState
  consent: ConsentText
}) {
  const { words, language } = visit
  const recurring = state.basket.lines.flatMap(({ item, quantity, subscription, unitPrice }) =>
    subscription ? [{ id: item.id, amount: unitPrice * quantity, ...subscription }] : [],
  )
  return (
    <fieldset className="consent">
      <legend>{words.checkout.consentTitle}</legend>
      {recurring.map(({ id, amount, unit, count }) => (
        <p key={id}>
          <strong>
            {words.checkout.recurring(wonText(amount, language), words.item.every(unit, count))}
          </strong>
        </p>
      ))}
      <p className="consent-text lines">{visit.say(text)}</p>
      <Tick name="consent" value={version} wrong={state.wrong}>
        {words.checkout.consentBox}
      </Tick>
    </fieldset>
  )
}
