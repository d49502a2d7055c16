import { categoryNames } from '../../../src/shop/catalog/index.ts'
import type { Coupons } from '../../../src/shop/coupons/index.ts'
import { Field } from '../../ui/field.tsx'
import { momentText, wonText } from '../../ui/format.ts'
import { Nothing, Notice } from '../../ui/parts.tsx'
import { shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'

export type OwnCoupon = Awaited<ReturnType<Coupons['ownOf']>>[number]

/** One's own coupons: those to use, and those that were used. */
export function couponPages(site: Site): void {
  site.signedIn('GET', '/account/coupons', async (visit, actor) => {
    const t = visit.words.buying.coupons
    const coupons = await site.world.coupons.ownOf(actor.userId)
    const isUnknown = visit.query.get('trouble') === 'coupon_code_unknown'
    return shown({
      title: t.title,
      tab: 'my',
      body: (
        <div className="narrow">
          <h1>{t.title}</h1>
          <p>{t.lead}</p>
          {visit.query.get('done') === 'claimed' && <Notice kind="done">{t.claimed}</Notice>}
          <CodeForm visit={visit} isUnknown={isUnknown} />
          {coupons.length === 0 ? (
            <Nothing title={t.none} hint={t.noneHint} />
          ) : (
            <ul className="cards">
              {coupons.map((own) => (
                <li key={own.coupon.id} className="box">
                  <p className="card-head">
                    <strong>{own.coupon.name}</strong>
                    <span className="badge">{t.states[own.state]}</span>
                  </p>
                  <p className="off">{offText(visit, own)}</p>
                  <p className="quiet">{conditions(visit, own)}</p>
                  {own.orderId !== null && (
                    <p>
                      <a href={visit.to(`/orders/${own.orderId}`)}>{t.usedFor}</a>
                    </p>
                  )}
                </li>
              ))}
            </ul>
          )}
        </div>
      ),
    })
  })
  site.signedIn('POST', '/account/coupons', async (visit, actor) => {
    const wish = { customerId: actor.userId, code: (visit.form.get('code') ?? '').slice(0, 40) }
    const claimed = await site.world.coupons.claim(wish)
    return to(`/account/coupons?${claimed.kind === 'refused' ? `trouble=${claimed.code}` : 'done=claimed'}`)
  })
}

/** Where the code of a coupon is typed. */
function CodeForm({ visit, isUnknown }: { visit: Visit; isUnknown: boolean }) {
  const t = visit.words.buying.coupons
  return (
    <form className="box" action={visit.to('/account/coupons')} method="post" data-once="">
      <Field
        name="code"
        label={t.code}
        hint={t.codeHint}
        wrong={isUnknown ? { code: t.codeUnknown } : undefined}
        maxLength={40}
        autoComplete="off"
        required
      />
      <p className="actions">
        <button className="button" type="submit">
          {t.claim}
        </button>
      </p>
    </form>
  )
}

/** What it takes off, in words. */
function offText({ words, language }: Visit, { coupon: { off } }: OwnCoupon): string {
  const t = words.buying.coupons
  if (off.kind === 'amount') return t.amount(wonText(off.amount, language))
  return off.most === null ? t.percent(off.percent) : t.percentUpTo(off.percent, wonText(off.most, language))
}

function conditions({ words, language, say }: Visit, { coupon }: OwnCoupon): string {
  const t = words.buying.coupons
  return [
    ...(coupon.minimum > 0 ? [t.from(wonText(coupon.minimum, language))] : []),
    ...(coupon.categories
      ? [t.ofCategories(coupon.categories.map((code) => say(categoryNames[code])).join(', '))]
      : []),
    ...(coupon.firstOrder ? [t.firstOrder] : []),
    ...(coupon.boughtBefore ? [t.boughtBefore] : []),
    t.until(momentText(coupon.endsAt.toString(), language)),
  ].join(' · ')
}

/** Coupons to choose from. They are links, so that choosing works without scripts and the amounts are right at once. */
export function CouponChoice({
  visit,
  coupons,
  used,
  href,
}: {
  visit: Visit
  coupons: readonly OwnCoupon[]
  used: { id: string } | null
  /** The page with another coupon; with none for an empty id. */
  href: (id: string) => string
}) {
  const t = visit.words.buying.coupons
  const free = coupons.filter(({ state }) => state === 'available')
  if (free.length === 0) return null
  return (
    <section className="box address-choice">
      <h2>{t.one}</h2>
      <ul>
        {free.map((own) => (
          <li key={own.coupon.id}>
            <a
              className="choice"
              href={href(own.coupon.id)}
              aria-current={own.coupon.id === used?.id ? 'true' : undefined}
            >
              <strong>{own.coupon.name}</strong> <span className="off">{offText(visit, own)}</span>
              <span className="quiet">{conditions(visit, own)}</span>
            </a>
          </li>
        ))}
      </ul>
      {used && (
        <p>
          <a href={href('')}>{t.without}</a>
        </p>
      )}
    </section>
  )
}
