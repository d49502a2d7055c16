import { sql } from 'kysely'
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
  const paths = rows.map(({ id }) => `/api/items/${id}`)
  return measureReads(shop, { name: 'item detail', paths, isRight: isComplete }, options)
}

function isComplete(body: string): boolean {
  const item = JSON.parse(body) as { id?: string; mainFunction?: string; realPrice?: number }
  return item.id !== undefined && (item.mainFunction?.length ?? 0) > 0 && (item.realPrice ?? 0) > 0
}
