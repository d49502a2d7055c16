import type { ShownNow } from '../../../src/shop/banners/index.ts'
import { categoryCodes, categoryNames, type Home, type ItemSummary } from '../../../src/shop/catalog/index.ts'
import { Grid } from '../../ui/parts.tsx'
import { BannerShelf } from '../around/banners.tsx'
import { RecentShelf } from '../around/recent.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import type { PagesSettings } from '../frame/world.ts'
import { pickedBy } from './list-query.ts'
import { structuredShop } from './structured.ts'

/** The first page: banners in force, best sellers, highest discounts, new arrivals. */
export function homePage(site: Site): void {
  const { browse } = site.world.catalog
  const { shown: banners } = site.world.banners
  site.open(
    '/',
    async (visit) => {
      const [{ etag, value }, shownNow] = await Promise.all([browse.home(), banners.read()])
      return kept(tagOf(etag, shownNow), () => homeOf(site.world.settings, visit, value, shownNow))
    },
    {
      tagNow: () => () => {
        const [home, shownNow] = [browse.homeNow(), banners.now()]
        return home && shownNow && tagOf(home.etag, shownNow)
      },
    },
  )
  site.open('/categories', async (visit) => {
    const { etag, value } = await site.world.catalog.browse.categories()
    return kept(etag, () =>
      shown({
        title: visit.words.list.categoriesTitle,
        tab: 'categories',
        description: visit.words.home.byCategory,
        body: (
          <div className="wide">
            <h1>{visit.words.list.categoriesTitle}</h1>
            <ul className="categories">
              {value.data.map(({ code, name, itemCount }) => (
                <li key={code}>
                  <a href={visit.to(`/items?${pickedBy({ category: code })}`)} className={`category-${code}`}>
                    {visit.say(name)}
                    <small>{visit.words.list.count(itemCount, false)}</small>
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ),
      }),
    )
  })
  site.open('/search', async (visit) =>
    kept('search', () =>
      shown({
        title: visit.words.frame.search,
        tab: 'search',
        description: visit.words.list.noneHint,
        body: (
          <div className="wide">
            <h1>{visit.words.list.searchTitle}</h1>
            <search>
              <form className="big-search" action={visit.to('/items')} method="get">
                <input
                  type="search"
                  name="keyword"
                  aria-label={visit.words.frame.search}
                  placeholder={visit.words.frame.searchHint}
                  maxLength={100}
                  // biome-ignore lint/a11y/noAutofocus: whoever opens this page wants to type
                  autoFocus
                />
                <button className="button" type="submit">
                  {visit.words.frame.search}
                </button>
              </form>
            </search>
            <p className="quiet">{visit.words.list.noneHint}</p>
            <CategoryChips visit={visit} />
          </div>
        ),
      }),
    ),
  )
}

const tagOf = (etag: string, { tag }: ShownNow) => `${etag} ${tag}`

/** Links to all categories. */
export function CategoryChips({ visit }: { visit: Visit }) {
  return (
    <ul className="chips">
      {categoryCodes.map((code) => (
        <li key={code}>
          <a href={visit.to(`/items?${pickedBy({ category: code })}`)}>{visit.say(categoryNames[code])}</a>
        </li>
      ))}
    </ul>
  )
}

function homeOf(settings: PagesSettings, visit: Visit, home: Home, { banners }: ShownNow): Shown {
  const { words } = visit
  return shown({
    title: words.shop,
    tab: 'home',
    scripts: ['recent.js'],
    structured: structuredShop(settings, visit),
    description: words.home.lead,
    body: (
      <>
        <section className="hero">
          <div className="wide">
            <h1>{words.home.title}</h1>
            <p>{words.home.lead}</p>
            <a className="button light" href={visit.to('/items?sort=sales')}>
              {words.home.toBest}
            </a>
          </div>
        </section>
        <div className="wide">
          <BannerShelf visit={visit} banners={banners} />
          <section aria-labelledby="by-category">
            <h2 id="by-category">{words.home.byCategory}</h2>
            <CategoryChips visit={visit} />
          </section>
          <Shelf
            visit={visit}
            id="best"
            title={words.home.best}
            items={home.bestSellers}
            more="sort=sales"
            eager={4}
          />
          <Shelf
            visit={visit}
            id="sale"
            title={words.home.sale}
            items={home.highestDiscounts}
            more="sale=1&sort=discount_desc"
          />
          <Shelf visit={visit} id="new" title={words.home.new} items={home.newArrivals} more="sort=newest" />
          <RecentShelf visit={visit} />
        </div>
      </>
    ),
  })
}

/** Nine are answered; eight fill whole rows of two and of four. */
const SHOWN = 8

function Shelf({
  visit,
  id,
  title,
  items,
  more,
  eager = 0,
}: {
  visit: Visit
  id: string
  title: string
  items: readonly ItemSummary[]
  more: string
  eager?: number
}) {
  if (items.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <div className="heading-row">
        <h2 id={id}>{title}</h2>
        <a href={visit.to(`/items?${more}`)} aria-label={`${title}: ${visit.words.home.more}`}>
          {visit.words.home.more}
        </a>
      </div>
      <Grid items={items.slice(0, SHOWN)} visit={visit} eager={eager} />
    </section>
  )
}
