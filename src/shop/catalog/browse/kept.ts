import { hash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { type Cache, createCache } from '../../../platform/cache/cache.ts'
import { createSharedSpace, type Written } from '../../../platform/cache/second-level.ts'
import type { Redis } from '../../../platform/redis/redis.ts'
import type { KnownWord } from '../search/near-words.ts'
import { type Body, bodyOfJson } from './body.ts'
import type { SearchableBrand } from './brands.ts'
import { CategoryList, Home, ItemList } from './item-json.ts'

/** What is kept of the public pages: in the memory of this process, and what many ask for also for other processes. */
export interface Kept {
  readonly lists: Cache<Body<ItemList>>
  readonly homes: Cache<Body<Home>>
  readonly totals: Cache<number>
  /** Which items searches find, page by page; what is shown of them is read anew. */
  readonly finds: Cache<readonly string[]>
  /** Lists that are being read: who asks for the same meanwhile gets the same, and nobody gets it afterwards. */
  readonly reads: Cache<Body<ItemList>>
  readonly counts: Cache<Body<CategoryList>>
  readonly brandIndex: Cache<SearchableBrand[]>
  readonly words: Cache<KnownWord[]>
  /** Items have changed, and this process has heard of it. */
  clear(): void
  /** Items have changed: to be called after every committed change, and to be waited for before others are told. */
  changed(): Promise<void>
}

/** How long a price in a list may be older than the price on the item's own page. */
const freshMs = 1_000
/** Lists that are asked for when they are so old are read anew beside, so that a crowd does not wait every second. */
const renewAfterMs = 700
/** How long totals, brand and category counts, and the order of what a search finds may lag behind sales. */
const countsMs = 5_000
/** How long a word of a new name may be unknown to those who mistype it. */
const wordsMs = 60_000

/** @param redis by which processes keep for one another, where one is set */
export function createKept(redis: Redis | undefined): Kept {
  const space = redis && createSharedSpace(redis, 'catalog')
  const lists = createCache({
    ttlMs: freshMs,
    renewAfterMs,
    maxEntries: 1_000,
    shared: space?.level('lists', bodies(ItemList)),
  })
  const homes = createCache({
    ttlMs: freshMs,
    renewAfterMs,
    maxEntries: 1,
    shared: space?.level('homes', bodies(Home)),
  })
  const totals = createCache<number>({
    ttlMs: countsMs,
    maxEntries: 5_000,
    shared: space?.level<number>('totals', { version: '1', write: String, read: totalOf }),
  })
  const reads = createCache<Body<ItemList>>({ ttlMs: 0, maxEntries: 0 })
  const finds: Cache<readonly string[]> = createCache({ ttlMs: countsMs, maxEntries: 1_000 })
  const counts = createCache({
    ttlMs: countsMs,
    maxEntries: 1,
    shared: space?.level('counts', bodies(CategoryList)),
  })
  const brandIndex: Cache<SearchableBrand[]> = createCache({ ttlMs: countsMs, maxEntries: 1 })
  const words: Cache<KnownWord[]> = createCache({ ttlMs: wordsMs, maxEntries: 1 })
  const clear = () => {
    lists.clear()
    homes.clear()
    totals.clear()
    finds.clear()
    reads.clear()
    counts.clear()
    brandIndex.clear()
  }
  return {
    lists,
    homes,
    totals,
    finds,
    reads,
    counts,
    brandIndex,
    words,
    clear,
    changed: async () => {
      clear()
      await space?.changed()
      // What was found meanwhile was of before.
      if (space) clear()
    },
  }
}

/** Answers of a schema, kept as their JSON. The schema is the version: a release that answers something else reads anew. */
function bodies<S extends TSchema>(schema: S): Written<Body<Static<S> & object>> {
  return {
    version: hash('sha256', JSON.stringify(schema), 'base64url').slice(0, 8),
    write: ({ bytes }) => bytes.toString(),
    read: (text) => bodyOfJson(JSON.parse(text) as Static<S> & object, text),
  }
}

function totalOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error('not a total')
  return Number(text)
}
