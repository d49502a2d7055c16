import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../src/platform/database/embedded.ts'
import { LANE_DEFAULTS } from '../src/platform/http/limits/lane.ts'
import { openBrowser } from '../test/browser/browser.ts'
import { startScript } from './measure/child.ts'
import {
  equalFigure,
  type Figure,
  mostFigure,
  percentile,
  ratioFigure,
  spreadFigure,
  timeFigure,
} from './measure/figure.ts'
import { type Load, load, median, p, together } from './measure/load.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'

const PATH = '/items?category=EYE'
const LEAST = 0.7
const P99_LIMIT_MS = 20
const WARM_UP_SECONDS = 2
const ROUNDS = 5
const GZIP = { 'accept-encoding': 'gzip' }

/** A cheap phone in the underground: slow 4G, and a processor a quarter as fast as this machine's. */
const PHONE = { latencyMs: 150, downBitsPerSecond: 1_638_400, upBitsPerSecond: 768_000, slowerBy: 4 }
const LOOKS = 3
const LCP_LIMIT_MS = 2_200
const SCRIPT_LIMIT_BYTES = 10_000
const PAGE_LIMIT_BYTES = 30_000
/** In thousandths; 0.05 is hardly seen. */
const SHIFT_LIMIT = 50
/** How much longer than a static page with the same bytes a page may take to show itself. */
const STATIC_SPREAD = 1.15

/** The list page as bytes against a bare route that sends the same ones, and as it appears on a slow phone. */
export async function measurePages(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const answer = await fetch(`${shop.url}${PATH}`, { headers: GZIP })
  const html = await answer.text()
  if (!html.includes('class="grid"')) throw new Error(`${PATH} shows no items`)
  const gzip = await rawBytes(`${shop.url}${PATH}`)
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-bench-'))
  const file = join(folder, 'page.gz')
  await writeFile(file, gzip)
  const port = await freePort()
  const bareUrl = `http://127.0.0.1:${port}`
  const script = join(import.meta.dirname, 'measure', 'bare-server.ts')
  const args = [script, String(port), file, 'text/html; charset=utf-8', 'gzip', shop.url]
  const bare = await startScript(args, {}, bareUrl)
  try {
    return [...(await byBytes(shop.url, bareUrl, gzip, options)), ...(await byPhone(shop, bareUrl))]
  } finally {
    await bare.stop()
    await rm(folder, { recursive: true })
  }
}

/** As it travels: fetch would unpack it. */
async function rawBytes(url: string): Promise<Buffer> {
  const { get } = await import('node:http')
  return new Promise((done, failed) => {
    get(url, { headers: GZIP }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => done(Buffer.concat(parts)))
    }).on('error', failed)
  })
}

async function byBytes(
  oursUrl: string,
  bareUrl: string,
  gzip: Buffer,
  { clients, seconds }: BenchOptions,
): Promise<Figure[]> {
  const on = (url: string, path: string) => (time: number) =>
    load({
      url,
      // All come from one address, which may not have more at work at one time.
      clients: Math.min(clients, LANE_DEFAULTS.perClient),
      seconds: time,
      requests: [{ method: 'GET', path, headers: GZIP }],
      // What gzip begins with; the generator makes text of it, so all of it is compared between the rounds.
      verify: (body) => body.startsWith('\u001f'),
    })
  const [ours, peer] = [on(oursUrl, PATH), on(bareUrl, '/')]
  await ours(WARM_UP_SECONDS)
  await peer(WARM_UP_SECONDS)
  const served: Load[] = []
  const peers: Load[] = []
  let wrong = 0
  for (let round = 0; round < ROUNDS; round++) {
    served.push(await ours(seconds / ROUNDS))
    peers.push(await peer(seconds / ROUNDS))
    for (const url of [`${oursUrl}${PATH}`, bareUrl]) if (!gzip.equals(await rawBytes(url))) wrong += 1
  }
  const all = together(served)
  return [
    ratioFigure('list page', median(served), { name: 'bare route', perSecond: median(peers) }, LEAST),
    timeFigure('list page, p99', p(all, 0.99), P99_LIMIT_MS),
    equalFigure('list page, wrong', all.bad + wrong, 0),
  ]
}

interface Look {
  lcp: number
  shift: number
  pageBytes: number
  scriptBytes: number
}

/** Runs in the page: when the largest part appeared, how much moved, and what travelled. */
const SEEN = `new Promise((done) => {
  let lcp = 0
  let shift = 0
  const watch = (type, see) =>
    new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true })
  watch('largest-contentful-paint', (entry) => { lcp = Math.max(lcp, entry.startTime) })
  watch('layout-shift', (entry) => { shift += entry.value })
  setTimeout(() => {
    const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
    done({
      lcp,
      shift,
      pageBytes: performance.getEntriesByType('navigation')[0].encodedBodySize,
      scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    })
  }, 300)
})`

function lookIn(seen: unknown): Look {
  const number = (of: keyof Look) => {
    const value: unknown = typeof seen === 'object' && seen !== null ? Reflect.get(seen, of) : undefined
    if (typeof value !== 'number') throw new Error(`the page did not say its ${of}`)
    return value
  }
  const look = {
    lcp: number('lcp'),
    shift: number('shift'),
    pageBytes: number('pageBytes'),
    scriptBytes: number('scriptBytes'),
  }
  if (look.lcp === 0 || look.scriptBytes === 0) throw new Error('nothing was seen of the page')
  return look
}

async function byPhone(shop: Shop, bareUrl: string): Promise<Figure[]> {
  const list: unknown = await (await fetch(`${shop.url}/api/items?size=1`)).json()
  const item = JSON.stringify(list).match(/"id":"([0-9a-f-]{36})"/)?.[1] ?? ''
  const browser = await openBrowser()
  const look = async (url: string): Promise<Look> => {
    const context = await browser.newContext({ viewport: { width: 375, height: 812 }, deviceScaleFactor: 2 })
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: PHONE.latencyMs,
      downloadThroughput: PHONE.downBitsPerSecond / 8,
      uploadThroughput: PHONE.upBitsPerSecond / 8,
    })
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: PHONE.slowerBy })
    await page.goto(url, { waitUntil: 'networkidle' })
    const seen = lookIn(await page.evaluate(SEEN))
    await context.close()
    return seen
  }
  try {
    const looks = { list: [] as Look[], item: [] as Look[], bare: [] as Look[] }
    // In turns, so that what else the machine does falls on all of them.
    for (let round = 0; round < LOOKS; round++) {
      looks.list.push(await look(`${shop.url}${PATH}`))
      looks.item.push(await look(`${shop.url}/items/${item}`))
      looks.bare.push(await look(bareUrl))
    }
    const median = (all: readonly Look[], of: keyof Look) =>
      percentile(
        all.map((one) => one[of]),
        0.5,
      )
    const still = { name: 'static page', ms: median(looks.bare, 'lcp') }
    return (['list', 'item'] as const).flatMap((name) => [
      timeFigure(`${name} page, phone, LCP`, median(looks[name], 'lcp'), LCP_LIMIT_MS),
      ...(name === 'list'
        ? [spreadFigure('list page, phone, LCP', median(looks.list, 'lcp'), still, STATIC_SPREAD)]
        : []),
      mostFigure(`${name} page, layout shift`, 1_000 * median(looks[name], 'shift'), SHIFT_LIMIT, '/ 1000'),
      mostFigure(`${name} page, script`, median(looks[name], 'scriptBytes'), SCRIPT_LIMIT_BYTES, 'B'),
      mostFigure(`${name} page, document`, median(looks[name], 'pageBytes'), PAGE_LIMIT_BYTES, 'B'),
    ])
  } finally {
    await browser.close()
  }
}
