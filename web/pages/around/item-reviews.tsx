import { refused } from '../../../src/platform/refusal.ts'
import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { REVIEW_SORTS, type ReviewSort, type StarsOfItem } from '../../../src/shop/reviews/index.ts'
import { Nothing, Pager, Stars } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import { ReviewLines } from '../shop/reviews.tsx'

const PAGE_SIZE = 20
/** Deeper than anybody reads. */
const DEEPEST = 500

interface Which {
  sort: ReviewSort
  page: number
}

function whichIn(query: URLSearchParams): Which {
  return {
    sort: REVIEW_SORTS.find((sort) => sort === query.get('sort')) ?? 'newest',
    page: pageIn(query, DEEPEST),
  }
}

function pickedBy({ sort, page }: Which): string {
  const address = new URLSearchParams()
  if (sort !== 'newest') address.set('sort', sort)
  if (page > 1) address.set('page', String(page))
  return address.toString()
}

/** All reviews of an item. */
export function itemReviewsPage(site: Site): void {
  const { catalog, reviews } = site.world
  site.open(
    '/items/:id/reviews',
    async (visit) => {
      const id = idOf(visit.params.id)
      const item = id === undefined ? refused('not_found') : await catalog.browse.detail(id)
      if (item.kind === 'refused') return item
      const which = whichIn(visit.query)
      const [list, stars] = await Promise.all([
        reviews.list({ itemId: item.value.id, sort: which.sort }, { page: which.page, size: PAGE_SIZE }),
        reviews.starsOf(item.value.id),
      ])
      return pageOf(visit, item.value, which, list, stars)
    },
    { read: (query) => pickedBy(whichIn(query)) },
  )
}

function pageOf(
  visit: Visit,
  item: ItemDetail,
  which: Which,
  list: Parameters<typeof ReviewLines>[0]['reviews'],
  stars: StarsOfItem,
): Shown {
  const words = visit.words.around.reviews
  const path = `/items/${item.id}/reviews`
  return shown({
    title: words.ofItem(item.name),
    tab: 'categories',
    description: words.ofItem(item.name),
    body: (
      <div className="wide">
        <div className="heading-row">
          <h1>{words.ofItem(item.name)}</h1>
          <a href={visit.to(`/items/${item.id}`)}>{words.toItem}</a>
        </div>
        {stars.count === 0 ? (
          <Nothing title={words.none} hint={words.noneHint} />
        ) : (
          <>
            <Stars
              item={{ starAverage: stars.averageHundredths / 100, reviewCount: stars.count }}
              visit={visit}
            />
            <ul className="shares">
              {stars.byStars
                .map((count, index) => ({ count, of: index + 1 }))
                .toReversed()
                .map(({ count, of }) => (
                  <li key={of}>
                    <span>{words.share(of, count)}</span>
                    <meter min={0} max={stars.count} value={count} aria-label={words.share(of, count)} />
                  </li>
                ))}
            </ul>
            <form className="sorting" action={visit.to(path)} method="get" data-auto-submit="">
              <label>
                <span>{words.sort}</span>
                <select name="sort" defaultValue={which.sort}>
                  {REVIEW_SORTS.map((sort) => (
                    <option key={sort} value={sort}>
                      {words.sorts[sort]}
                    </option>
                  ))}
                </select>
              </label>
              <button className="button small only-plain" type="submit">
                {visit.words.list.apply}
              </button>
            </form>
            <ReviewLines visit={visit} reviews={list} />
            <Pager
              visit={visit}
              page={which.page}
              pages={Math.min(DEEPEST, Math.ceil(stars.count / PAGE_SIZE))}
              href={(page) => visit.to(`${path}?${pickedBy({ ...which, page })}`)}
            />
          </>
        )}
      </div>
    ),
  })
}
