import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../src/platform/database/embedded.ts'
import { leastList, listShown, listShownOf, orderOf, SORTS } from './catalogue/least-list.ts'
import { startScript } from './measure/child.ts'
import { equalFigure, type Figure, ratioFigure, timeFigure } from './measure/figure.ts'
import { type Load, load, median, p, together } from './measure/load.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'
import { MOST_PATHS, measureReads } from './reads.ts'

const CACHED_PATH = '/api/items?category=EYE'
const CACHED_LEAST = 0.7
const CACHED_P99_LIMIT_MS = 20
const CROWD = 300
const CROWD_SPREAD = 10
const COLD_LIMIT_MS = 2_000
const COLD_SIZES = [13, 14, 15, 16, 17]
const WARM_UP_SECONDS = 2
const ROUNDS = 5
const CROWD_ROUNDS = 3
const PAGE_SIZE = 12

const CATEGORIES = ['EYE', 'BONE', 'BRAIN', 'INTESTINE', 'LIVER', 'SKIN', 'ANTIOXIDANT', 'FATIGUE', 'ETC']

/** The first page of a category (kept in memory), the same for a crowd, and deeper pages (read every time). */
export async function measureCategory(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  return [...(await measureCached(shop, options)), ...(await measureDeep(shop, options))]
}

async function measureCached(shop: Shop, { clients, seconds }: BenchOptions): Promise<Figure[]> {
  const body = await (await fetch(`${shop.url}${CACHED_PATH}`)).text()
  if (!isFullPage(body)) throw new Error(`${CACHED_PATH} is no full page: ${body.slice(0, 200)}`)
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-bench-'))
  const file = join(folder, 'body.json')
  await writeFile(file, body)
  const port = await freePort()
  const bareUrl = `http://127.0.0.1:${port}`
  const bare = await startScript(
    [join(import.meta.dirname, 'measure', 'bare-server.ts'), String(port), file],
    {},
    bareUrl,
  )
  try {
    const verify = (answer: string) => answer === body
    const on =
      (url: string, path: string) =>
      (time: number, howMany = clients) =>
        load({ url, clients: howMany, seconds: time, requests: [{ method: 'GET', path }], verify })
    const ours = on(shop.url, CACHED_PATH)
    const peer = on(bareUrl, '/')
    await ours(WARM_UP_SECONDS)
    await peer(WARM_UP_SECONDS)
    const served: Load[] = []
    const peers: Load[] = []
    for (let round = 0; round < ROUNDS; round++) {
      served.push(await ours(seconds / ROUNDS))
      peers.push(await peer(seconds / ROUNDS))
    }
    const all = together(served)
    const yardstick = { name: 'bare route', perSecond: median(peers) }
    const crowds: Load[] = []
    const crowdsOfPeer: Load[] = []
    for (let round = 0; round < CROWD_ROUNDS; round++) {
      crowds.push(await ours(seconds / ROUNDS, CROWD))
      crowdsOfPeer.push(await peer(seconds / ROUNDS, CROWD))
    }
    const crowd = together(crowds)
    const cold = await measureCold(shop.url)
    return [
      ratioFigure('category page, cached', median(served), yardstick, CACHED_LEAST),
      timeFigure('category page, cached, p99', p(all, 0.99), CACHED_P99_LIMIT_MS),
      equalFigure('category page, cached, wrong', all.bad, 0),
      ratioFigure(
        `${CROWD} clients`,
        median(crowds),
        { name: 'bare route', perSecond: median(crowdsOfPeer) },
        CACHED_LEAST,
      ),
      equalFigure(`${CROWD} clients, wrong answers`, crowd.bad, 0),
      timeFigure(`${CROWD} clients, p99 (10 × p50)`, p(crowd, 0.99), CROWD_SPREAD * p(crowd, 0.5)),
      equalFigure(`${CROWD} clients at once, not kept, refused`, cold.refused, 0),
      timeFigure(`${CROWD} clients at once, not kept, slowest`, cold.slowestMs, COLD_LIMIT_MS),
    ]
  } finally {
    await bare.stop()
    await rm(folder, { recursive: true })
  }
}

/** All of a crowd, behind one address, ask for the same at the same moment, which nobody has asked for before. */
async function measureCold(url: string): Promise<{ refused: number; slowestMs: number }> {
  let refused = 0
  let slowestMs = 0
  for (const size of COLD_SIZES) {
    const ask = async () => {
      const begin = performance.now()
      const answer = await fetch(`${url}${CACHED_PATH}&size=${size}`)
      await answer.text()
      slowestMs = Math.max(slowestMs, performance.now() - begin)
      if (!answer.ok) refused += 1
    }
    await Promise.all(Array.from({ length: CROWD }, ask))
  }
  return { refused, slowestMs }
}

function measureDeep(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const all = CATEGORIES.flatMap((category) => SORTS.map((sort) => ({ category, sort })))
  const reads = Array.from({ length: MOST_PATHS }, (_, n) => {
    const { category, sort } = all[(n * 7) % all.length] ?? { category: 'EYE', sort: 'sales' }
    // Only the first five pages of a category are kept.
    const page = 6 + (n % 15)
    const { column, direction } = orderOf(sort)
    const chosen = `
      select item_id, ${column} as sort_key from catalog.shelf where shelf = '${category}'
      order by ${column} ${direction}, item_id ${direction} limit ${PAGE_SIZE} offset ${(page - 1) * PAGE_SIZE}`
    return {
      path: `/api/items?category=${category}&sort=${sort}&page=${page}`,
      least: leastList(category, chosen, direction),
    }
  })
  const shown = (body: string) => {
    if (!isFullPage(body)) throw new Error(`no full page: ${body.slice(0, 200)}`)
    return listShown(body)
  }
  return measureReads(shop, { name: 'category page, uncached', reads, shown, shownOf: listShownOf }, options)
}

function isFullPage(body: string): boolean {
  const { data, page } = JSON.parse(body) as { data: unknown[]; page: { totalElements: number } }
  return data.length === PAGE_SIZE && page.totalElements >= PAGE_SIZE
}
