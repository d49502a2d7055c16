import { refused } from '../../../src/platform/refusal.ts'
import { Nothing } from '../../ui/parts.tsx'
import { shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { OrderList } from './order-list.tsx'
import { SubscriptionList } from './subscription-list.tsx'

const FEW = 3

/** Everything of one's own at one glance. */
export function myPage(site: Site): void {
  const { identity, orders, subscriptions, letters, library } = site.world
  site.signedIn('GET', '/my', async (visit, actor) => {
    const { words } = visit
    const few = { page: 1, size: FEW }
    const [profile, recent, agreements] = await Promise.all([
      identity.profileOf(actor.userId),
      orders.pages.list(actor, few),
      subscriptions.pages.list(actor, few),
    ])
    if (!profile) return refused('not_signed_in')
    return shown({
      title: words.my.title,
      tab: 'my',
      body: (
        <div className="wide">
          <h1>{words.my.hello(profile.displayName)}</h1>
          <nav className="my-links" aria-label={words.my.title}>
            <a href={visit.to('/orders')}>{words.frame.orders}</a>
            <a href={visit.to('/subscriptions')}>{words.frame.subscriptions}</a>
            <a href={visit.to('/payment-methods')}>{words.my.methods}</a>
            <a href={visit.to('/account/coupons')}>{words.buying.coupons.title}</a>
            <a href={visit.to('/account/addresses')}>{words.buying.addresses.title}</a>
            <a href={visit.to('/profile')}>{words.my.profile}</a>
            <a href={visit.to('/reviews')}>{words.around.reviews.own}</a>
            <a href={visit.to('/questions')}>{words.questions.own}</a>
            <a href={visit.to('/wishes')}>{words.around.wishes.title}</a>
            <a href={visit.to('/recent')}>{words.around.recent.title}</a>
            {letters() && <a href={visit.to('/notifications')}>{words.around.letters.title}</a>}
            {library() && <a href={visit.to('/library/my')}>{words.library.mine.title}</a>}
          </nav>
          <section aria-labelledby="next">
            <div className="heading-row">
              <h2 id="next">{words.my.nextDeliveries}</h2>
              <a
                href={visit.to('/subscriptions')}
                aria-label={`${words.frame.subscriptions}: ${words.my.all}`}
              >
                {words.my.all}
              </a>
            </div>
            {agreements.subscriptions.length === 0 ? (
              <Nothing title={words.subscriptions.none} hint={words.subscriptions.noneHint} />
            ) : (
              <SubscriptionList visit={visit} subscriptions={agreements.subscriptions} />
            )}
          </section>
          <section aria-labelledby="recent">
            <div className="heading-row">
              <h2 id="recent">{words.my.recent}</h2>
              <a href={visit.to('/orders')} aria-label={`${words.frame.orders}: ${words.my.all}`}>
                {words.my.all}
              </a>
            </div>
            {recent.orders.length === 0 ? (
              <Nothing title={words.orders.none} hint={words.orders.noneHint} />
            ) : (
              <OrderList visit={visit} orders={recent.orders} />
            )}
          </section>
          <form action={visit.to('/logout')} method="post">
            <button className="button plain" type="submit">
              {words.frame.logout}
            </button>
          </form>
        </div>
      ),
    })
  })
}
