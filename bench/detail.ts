import { sql } from 'kysely'
import { type DetailRow, detailOf } from '../src/shop/catalog/browse/item-detail.ts'
import { leastDetail } from './catalogue/least-detail.ts'
import type { Figure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'
import { MOST_PATHS, measureReads } from './reads.ts'

/** An item's own page with all its texts; never cached. */
export async function measureDetail(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status <> 'hidden' order by md5(id::text) limit ${MOST_PATHS}`.execute(
    shop.db,
  )
  const reads = rows.map(({ id }) => ({ path: `/api/items/${id}`, least: leastDetail(id) }))
  return measureReads(shop, { name: 'item detail', reads, shown, shownOf }, options)
}

function shown(body: string): unknown {
  const item = JSON.parse(body) as { mainFunction?: string; realPrice?: number }
  if ((item.mainFunction?.length ?? 0) === 0 || (item.realPrice ?? 0) === 0)
    throw new Error(`not complete: ${body.slice(0, 200)}`)
  return item
}

const shownOf = ([row]: readonly DetailRow[]): unknown => row && detailOf(row)
