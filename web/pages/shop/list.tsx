import {
  categoryCodes,
  categoryNames,
  type ItemList,
  type ItemQuery,
  listSorts,
} from '../../../src/shop/catalog/index.ts'
import { Grid, Nothing, Pager } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { CategoryChips } from './home.tsx'
import { pickedBy, queryOf } from './list-query.ts'

/** Lists by category, brand, discount, price and keyword: all of it stands in the address. */
export function listPage(site: Site): void {
  site.open(
    '/items',
    async (visit) => {
      const query = queryOf(visit.query)
      const list = await site.world.catalog.browse.list(query)
      return list.kind === 'refused' ? list : kept(list.etag, () => listOf(visit, query, list.value))
    },
    {
      read: (query) => pickedBy(queryOf(query)),
      tagNow: (query) => {
        const list = site.world.catalog.browse.peekList(queryOf(query))
        return list && (() => list.find()?.etag)
      },
    },
  )
}

function titleOf({ words, say }: Visit, { keyword, category, brand, onSale }: ItemQuery): string {
  if (keyword) return words.list.found(keyword)
  if (category) return say(categoryNames[category])
  return brand ?? (onSale ? words.list.sale : words.list.all)
}

function listOf(visit: Visit, query: ItemQuery, { data, page, correctedKeyword }: ItemList): Shown {
  const { words } = visit
  const title = titleOf(visit, query)
  return shown({
    title,
    tab: query.keyword ? 'search' : 'categories',
    description: `${title} · ${words.tagline}`,
    ...(query.keyword ? { keyword: query.keyword } : {}),
    body: (
      <div className="wide list-page">
        <div className="list-head">
          <h1>{title}</h1>
          <p className="quiet">{words.list.count(page.totalElements, page.totalIsLowerBound)}</p>
        </div>
        <Filters visit={visit} query={query} />
        <div className="list-body">
          {correctedKeyword && (
            <p className="notice" role="status">
              {words.list.meant(query.keyword ?? '', correctedKeyword)}
            </p>
          )}
          {data.length === 0 ? (
            <Nothing
              title={words.list.none}
              hint={words.list.noneHint}
              action={<CategoryChips visit={visit} />}
            />
          ) : (
            <Grid items={data} visit={visit} eager={4} />
          )}
          <Pager
            visit={visit}
            page={page.number}
            pages={page.totalPages}
            href={(number) => visit.to(`/items?${pickedBy({ ...query, page: number })}`)}
          />
        </div>
      </div>
    ),
  })
}

function Filters({ visit, query }: { visit: Visit; query: ItemQuery }) {
  const { list, frame } = visit.words
  return (
    <form className="filters" action={visit.to('/items')} method="get" data-auto-submit="">
      <div className="sorting">
        <label>
          <span>{list.sort}</span>
          <select name="sort" defaultValue={query.sort}>
            {listSorts
              .filter((sort) => sort !== 'relevance' || query.keyword)
              .map((sort) => (
                <option key={sort} value={sort}>
                  {list.sorts[sort]}
                </option>
              ))}
          </select>
        </label>
      </div>
      <details className="filter-sheet">
        <summary>{list.filter}</summary>
        <div className="filter-fields">
          <label>
            <span>{list.category}</span>
            <select name="category" defaultValue={query.category ?? ''}>
              <option value="">{list.all}</option>
              {categoryCodes.map((code) => (
                <option key={code} value={code}>
                  {visit.say(categoryNames[code])}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{frame.search}</span>
            <input type="search" name="keyword" defaultValue={query.keyword} maxLength={100} />
          </label>
          <label>
            <span>{list.brand}</span>
            <input name="brand" defaultValue={query.brand} maxLength={100} />
          </label>
          <div className="range">
            <label>
              <span>{list.least}</span>
              <input name="min" inputMode="numeric" defaultValue={query.minPrice} maxLength={11} />
            </label>
            <label>
              <span>{list.most}</span>
              <input name="max" inputMode="numeric" defaultValue={query.maxPrice} maxLength={11} />
            </label>
          </div>
          <label className="tick">
            <input type="checkbox" name="sale" value="1" defaultChecked={query.onSale === true} />
            <span>{list.onlySale}</span>
          </label>
          <p className="actions">
            <button className="button" type="submit">
              {list.apply}
            </button>
            <a className="button plain" href={visit.to('/items')}>
              {list.reset}
            </a>
          </p>
        </div>
      </details>
    </form>
  )
}
