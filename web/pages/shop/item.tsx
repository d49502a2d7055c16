import type { ReactNode } from 'react'
import { refused } from '../../../src/platform/refusal.ts'
import { categoryNames, type ItemDetail } from '../../../src/shop/catalog/index.ts'
import {
  type DeliveryPolicy,
  MAX_QUANTITY,
  type ReturnPolicy,
  recurringPriceOf,
} from '../../../src/shop/orders/index.ts'
import type { OfferedTerms } from '../../../src/shop/subscriptions/index.ts'
import { wonText } from '../../ui/format.ts'
import { Amount, Facts, Price, Stars } from '../../ui/parts.tsx'
import { RecentShelf } from '../around/recent.tsx'
import { WishForm } from '../around/wishes.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import type { PagesSettings } from '../frame/world.ts'
import { Gallery } from '../pictures/gallery.tsx'
import { latestQuestions, QuestionsOfItem, questionsTag } from '../questions/lines.tsx'
import { pickedBy } from './list-query.ts'
import { noticeRows } from './notice.ts'
import { periodKey, periodsToChoose } from './periods.ts'
import { latestReviews, ReviewsOfItem, reviewsTag } from './reviews.tsx'
import { SendingBack } from './sending-back.tsx'
import { structuredItem } from './structured.ts'

/** An item's own page: what it is and does, what it costs, and how to have it. */
export function itemPage(site: Site): void {
  const { terms } = site.world.subscriptions.pages
  site.open('/items/:id', async (visit) => {
    const id = idOf(visit.params.id)
    const item = id === undefined ? refused('not_found') : await site.world.catalog.browse.detail(id)
    if (item.kind === 'refused') return item
    site.world.catalog.views.seen(visit.request, item.value.id)
    const [reviews, questions, selling] = await Promise.all([
      latestReviews(site.world, item.value),
      latestQuestions(site.world, item.value.id),
      site.world.orders.pages.terms(),
    ])
    const { delivery, returns, recurringDiscount, version } = selling
    return kept(`${item.etag} ${reviewsTag(reviews)} ${questionsTag(questions)} ${version}`, () =>
      itemOf(
        visit,
        item.value,
        { terms, delivery, returns, recurringDiscount, settings: site.world.settings },
        <>
          <ReviewsOfItem visit={visit} item={item.value} reviews={reviews} />
          <QuestionsOfItem visit={visit} itemId={item.value.id} questions={questions} />
        </>,
      ),
    )
  })
}

function itemOf(
  visit: Visit,
  item: ItemDetail,
  {
    terms,
    delivery,
    returns,
    recurringDiscount,
    settings,
  }: {
    terms: OfferedTerms
    delivery: DeliveryPolicy
    returns: ReturnPolicy
    recurringDiscount: number
    settings: PagesSettings
  },
  said: ReactNode,
): Shown {
  const { words } = visit
  const canBuy = item.status === 'on_sale' && item.available > 0
  return shown({
    title: item.name,
    scripts: ['recent.js'],
    structured: structuredItem(settings, visit, item),
    tab: 'categories',
    description: [item.enterprise, item.name, firstLine(item.mainFunction)].filter(Boolean).join(' · '),
    ...(canBuy
      ? {
          bar: (
            <>
              <AddButton visit={visit} />
              <button className="button" type="submit" form="buy">
                {words.item.buy}
              </button>
            </>
          ),
        }
      : {}),
    body: (
      <article className="wide item-page" data-item={item.id}>
        <Gallery visit={visit} item={item} />
        <div className="item-head">
          <p className="item-kinds">
            <span className="mark">{words.item.mark}</span>
            {item.taxFree && <span className="mark">{words.orders.taxFree}</span>}
            {item.categories.map((code) => (
              <a key={code} href={visit.to(`/items?${pickedBy({ category: code })}`)}>
                {visit.say(categoryNames[code])}
              </a>
            ))}
          </p>
          <p className="brand">
            <a href={visit.to(`/items?${pickedBy({ brand: item.enterprise })}`)}>{item.enterprise}</a>
          </p>
          <h1>{item.name}</h1>
          <Stars item={item} visit={visit} />
          <Price item={item} visit={visit} />
          <p className="promise">
            {delivery.fee === 0
              ? words.item.promise
              : words.item.promiseFrom(
                  wonText(delivery.fee, visit.language),
                  wonText(delivery.freeFrom, visit.language),
                )}
          </p>
          <WishForm visit={visit} itemId={item.id} />
          {canBuy ? (
            <BuyForm visit={visit} item={item} terms={terms} recurringDiscount={recurringDiscount} />
          ) : (
            <p className="notice wait">{words.item.soldOutLong}</p>
          )}
        </div>
        <Texts visit={visit} item={item} said={said} phone={settings.merchant.phone} returns={returns} />
        <div className="item-texts">
          <RecentShelf visit={visit} />
        </div>
      </article>
    ),
  })
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 120) ?? ''
}

/** Once or again and again: both stand side by side with all they need, so that it works without scripts. */
function BuyForm({
  visit,
  item,
  terms,
  recurringDiscount,
}: {
  visit: Visit
  item: ItemDetail
  terms: OfferedTerms
  /** Whole percent off what comes again. */
  recurringDiscount: number
}) {
  const { words, language } = visit
  const most = Math.min(item.available, MAX_QUANTITY)
  const recurringPrice = recurringPriceOf(item.realPrice, recurringDiscount)
  return (
    <form
      id="buy"
      className="buy"
      action={visit.to('/checkout')}
      method="get"
      data-once=""
      data-price={item.realPrice}
      data-recurring-price={recurringPrice}
    >
      <input type="hidden" name="item" value={item.id} />
      <fieldset className="choices">
        <legend className="unseen">{words.item.buy}</legend>
        <label className="choice">
          <input type="radio" name="how" value="once" defaultChecked />
          <span>
            <strong>{words.item.once}</strong>
            <small>{words.item.onceHint}</small>
          </span>
        </label>
        <div className="choice">
          <label>
            <input type="radio" name="how" value="subscribe" />
            <span>
              <strong>{words.item.subscribe}</strong>
              <small>{words.item.subscribeHint}</small>
              {recurringDiscount > 0 && (
                <small className="off">
                  {words.buying.coupons.recurring(recurringDiscount, wonText(recurringPrice, language))}
                </small>
              )}
            </span>
          </label>
          <label className="period">
            <span>{words.item.period}</span>
            <select name="period">
              {periodsToChoose(terms.periods).map((period) => (
                <option key={periodKey(period)} value={periodKey(period)}>
                  {words.item.every(period.unit, period.count)}
                </option>
              ))}
            </select>
          </label>
        </div>
      </fieldset>
      <div className="buy-row">
        {/* The buttons that a script adds stand inside, too: the label says which field it is of. */}
        <label className="quantity" htmlFor="quantity">
          <span>{words.item.quantity}</span>
          <span className="stepper" data-fewer={words.item.fewer} data-more={words.item.more}>
            <input
              type="number"
              id="quantity"
              name="quantity"
              defaultValue={1}
              min={1}
              max={most}
              required
              inputMode="numeric"
            />
          </span>
        </label>
        <p className="buy-total">
          <span>{words.item.total}</span>
          <output data-total="">
            <Amount won={item.realPrice} language={language} />
          </output>
        </p>
      </div>
      {item.available <= 10 && <p className="few">{words.item.left(item.available)}</p>}
      <p className="actions buy-actions">
        {/* First in the form, so that Enter does what the page offers first; shown last. */}
        <button className="button" type="submit">
          {words.item.buy}
        </button>
        <AddButton visit={visit} />
      </p>
    </form>
  )
}

/** Sends the same form to the cart instead of the checkout. */
function AddButton({ visit }: { visit: Visit }) {
  return (
    <button
      className="button plain"
      type="submit"
      form="buy"
      formAction={visit.to('/cart/add')}
      formMethod="post"
    >
      {visit.words.cart.add}
    </button>
  )
}

/** @param phone of the shop, for items that name none of their own */
function Texts({
  visit,
  item,
  said,
  phone,
  returns,
}: {
  visit: Visit
  item: ItemDetail
  said: ReactNode
  phone: string | undefined
  returns: ReturnPolicy
}) {
  const { words } = visit
  const t = words.item
  return (
    <div className="item-texts">
      <section id="details">
        <h2>{t.details}</h2>
        {/* What the register says is Korean, whatever the language of the page. */}
        <div lang="ko" className="register">
          {[
            [t.function, item.mainFunction],
            [t.serving, item.servingUse],
            [t.caution, item.intakeHint],
          ].flatMap(([title, text]) =>
            text?.trim()
              ? [
                  <div key={title}>
                    <h3 lang={visit.language}>{title}</h3>
                    <p className="lines">{text}</p>
                  </div>,
                ]
              : [],
          )}
        </div>
        <p className="legal-note">{t.notMedicine}</p>
      </section>
      {said}
      <section>
        <h2>{t.official}</h2>
        <Facts
          rows={noticeRows(item, words, phone).map(({ term, value, isSaid }) => [
            term,
            value ? (
              <span key={term} className="lines" lang={isSaid ? undefined : 'ko'}>
                {value}
              </span>
            ) : null,
          ])}
        />
      </section>
      <section>
        <h2>{t.delivery}</h2>
        <p className="lines">{t.deliveryText}</p>
        <SendingBack visit={visit} returns={returns} />
      </section>
    </div>
  )
}
