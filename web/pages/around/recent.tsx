import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { Grid, Nothing } from '../../ui/parts.tsx'
import { shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

/** As many as fill rows of two and of four. */
const MOST = 12

/**
 * Items somebody looked at on this device. The device alone remembers them; this page only shows items it is asked
 * for, with the prices of now, and keeps nothing of the question.
 */
export function recentPage(site: Site): void {
  const { browse } = site.world.catalog
  site.open(
    '/recent',
    async (visit) => {
      const ids = idsIn(visit.query)
      const found = await Promise.all(ids.map((id) => browse.detail(id)))
      const items = found.flatMap((one) => (one.kind === 'refused' ? [] : [one.value]))
      return pageOf(visit, items)
    },
    { read: (query) => new URLSearchParams(idsIn(query).map((id) => ['item', id])).toString() },
  )
}

function idsIn(query: URLSearchParams): string[] {
  const ids = query.getAll('item').flatMap((text) => idOf(text) ?? [])
  return [...new Set(ids)].slice(0, MOST)
}

function pageOf(visit: Visit, items: readonly ItemDetail[]) {
  const { recent } = visit.words.around
  return shown({
    title: recent.title,
    tab: 'my',
    scripts: ['recent.js'],
    body: (
      <div className="wide">
        <h1>{recent.title}</h1>
        <p className="quiet">{recent.hint}</p>
        <div id="recent" data-recent={visit.to('/recent')}>
          {items.length === 0 ? (
            <Nothing
              title={recent.none}
              hint={visit.words.orders.noneHint}
              action={
                <a className="button" href={visit.to('/items')}>
                  {visit.words.home.toBest}
                </a>
              }
            />
          ) : (
            <Grid items={items} visit={visit} />
          )}
        </div>
      </div>
    ),
  })
}

/** A place for them on another page; nothing of it is seen until a script has filled it. */
export function RecentShelf({ visit }: { visit: Visit }) {
  const { recent } = visit.words.around
  return (
    <section aria-labelledby="recent-title" hidden>
      <div className="heading-row">
        <h2 id="recent-title">{recent.title}</h2>
        <a href={visit.to('/recent')} aria-label={`${recent.title}: ${visit.words.home.more}`}>
          {visit.words.home.more}
        </a>
      </div>
      <div id="recent" data-recent={visit.to('/recent')} data-most="4" />
    </section>
  )
}
