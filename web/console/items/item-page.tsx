import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Count, Stamp, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { ChangeOffer } from './change-offer.tsx'
import { CorrectStock } from './correct-stock.tsx'
import { ItemPictures } from './item-pictures.tsx'
import { ItemStatus } from './items-page.tsx'
import { ItemNotice } from './notice/notice.tsx'
import { StockHistory } from './stock-history.tsx'
import { itemWords } from './words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>

/** One item: what it costs, how many there are, and who has agreed to which price. */
export function ItemPage() {
  const t = useWords(itemWords)
  const { itemId } = useParams({ from: '/items/$itemId' })
  const query = useQuery({
    queryKey: ['item', itemId],
    queryFn: () => call('GET /api/admin/items/:id', { params: { id: itemId } }),
    meta: { live: ['shop.catalog.', 'shop.order.'] },
  })
  const agreed = useQuery({
    queryKey: ['item-subscriptions', itemId],
    queryFn: () =>
      call('GET /api/admin/subscriptions', { query: { itemId, isLiving: true, page: 1, size: 1 } }),
    meta: { live: ['shop.subscription.'] },
  })
  if (query.data === undefined)
    return (
      <div className="page">
        <h1>{t.title}</h1>
        {query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <Loading />}
      </div>
    )
  const item = query.data
  const subscriptions = agreed.data?.page.totalElements
  return (
    <div className="page">
      <div className="page-head">
        <h1>{item.name}</h1>
        <ItemStatus status={item.status} />
        <p className="tools">
          <Link to="/items">{t.title}</Link>
          <Link to="/items/$itemId/texts" params={{ itemId: item.id }}>
            {t.write}
          </Link>
          {item.status !== 'hidden' && <a href={`/items/${item.id}`}>{t.inShop}</a>}
        </p>
      </div>
      <div className="side-by-side">
        <Facts item={item} />
        <ChangeOffer key={item.version} item={item} subscriptions={subscriptions} />
        <CorrectStock key={`stock-${item.version}`} item={item} />
      </div>
      <ItemNotice item={item} />
      <ItemPictures item={item} />
      <StockHistory itemId={item.id} />
      <section className="panel" aria-labelledby="item-subscriptions">
        <h2 id="item-subscriptions">{t.subscriptionPrices}</h2>
        {agreed.isError && <Failed error={agreed.error} again={() => void agreed.refetch()} />}
        {subscriptions !== undefined && (
          <>
            <p>
              <strong>{t.subscriptionsOf(subscriptions)}</strong>
            </p>
            {subscriptions > 0 && (
              <>
                <p className="quiet">{t.subscriptionsLead}</p>
                <p>
                  <Link to="/subscriptions" search={{ itemId: item.id }}>
                    {t.seeSubscriptions}
                  </Link>
                </p>
              </>
            )}
          </>
        )}
      </section>
    </div>
  )
}

function Facts({ item }: { item: Item }) {
  const t = useWords(itemWords)
  const language = useLanguage()
  return (
    <section className="panel" aria-labelledby="item-facts">
      <h2 id="item-facts">{t.facts}</h2>
      <dl className="facts">
        <dt>{t.enterprise}</dt>
        <dd>{item.enterprise}</dd>
        <dt>{t.statement}</dt>
        <dd className="figures">{item.statementNumber}</dd>
        <dt>{t.realPrice}</dt>
        <dd>
          <strong>
            <Won amount={item.realPrice} />
          </strong>{' '}
          {item.discountPercent > 0 && (
            <span className="quiet">
              {wonText(item.originPrice, language)} − {item.discountPercent} %
            </span>
          )}
        </dd>
        <dt>{t.tax}</dt>
        <dd>{t.taxes[item.taxFree ? 'free' : 'taxed']}</dd>
        <dt>{t.onHand}</dt>
        <dd>
          <strong>
            <Count of={item.stock.onHand} />
          </strong>
        </dd>
        <dt>{t.held}</dt>
        <dd>
          <Count of={item.stock.held} />
        </dd>
        <dt>{t.free}</dt>
        <dd>
          <Count of={item.stock.onHand - item.stock.held} />
        </dd>
        <dt>{t.sold}</dt>
        <dd>
          <Count of={item.salesCount} />
        </dd>
        <dt>{t.reviews}</dt>
        <dd>
          {item.reviewCount > 0 && `★ ${item.starAverage} · `}
          <Count of={item.reviewCount} />
        </dd>
        <dt>{t.updatedAt}</dt>
        <dd>
          <Stamp at={item.updatedAt} /> ({t.version} {item.version})
        </dd>
      </dl>
    </section>
  )
}
