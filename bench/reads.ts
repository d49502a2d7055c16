import { availableParallelism } from 'node:os'
import { sql } from 'kysely'
import { capture } from './measure/capture.ts'
import { equalFigure, type Figure, ownSqlFigure, ratioFigure, timeFigure } from './measure/figure.ts'
import { withServices } from './measure/in-process.ts'
import { type Load, load, p, together } from './measure/load.ts'
import type { BenchOptions } from './measure/options.ts'
import { type Pgbench, pgbench } from './measure/pgbench.ts'
import type { Shop } from './measure/shop.ts'

const LEAST = 0.25
const STRETCH = 0.5
const P95_LIMIT_MS = 30
/** pgbench takes no more scripts. */
export const MOST_PATHS = 120
/** More than are answered in the seconds for which something may be kept. */
const FRESH_PATHS = 12_000
const WARM_UP_SECONDS = 2
/** As many as keep all processors busy; each of them has to plan every statement first. */
const PEERS = 4 * availableParallelism()
const PREPARING_SECONDS = 4
const ROUNDS = 2
/** Public reads ask nobody who they are. */
const NOBODY = { userId: '', roles: [], sessionId: '' }

/** A GET that reads, and the least SQL that gives the same answer. */
export interface Read {
  readonly path: string
  /** Asked before its statements are listened to: of those only what it has not read counts. Left out: the same path. */
  readonly before?: string
  /** The path as asked by the load the n-th time; left out: always the same. */
  readonly nth?: (n: number) => string
  readonly least: string
  /** What the least SQL has to ask besides, before it. */
  readonly leastBefore?: string
}

export interface Reads<Row> {
  readonly name: string
  /** At most {@link MOST_PATHS}. */
  readonly reads: readonly Read[]
  /** What an answer shows; nothing when it is not complete. */
  shown(body: string): unknown
  /** The same out of the rows of the least SQL. Looked at once for every path before anything is measured. */
  shownOf(rows: readonly Row[]): unknown
}

/**
 * Uncached reads over HTTP against the statements they send, run by pgbench, and those against the least SQL that gives
 * the same answers: else a wasteful statement would only slow down what it is compared with.
 */
export async function measureReads<Row>(
  shop: Shop,
  { name, reads, shown, shownOf }: Reads<Row>,
  options: BenchOptions,
): Promise<Figure[]> {
  const least = reads.map((read) => [
    ...(read.leastBefore === undefined ? [] : [read.leastBefore]),
    read.least,
  ])
  const ours = await captureReads(shop, reads, async ({ least: text }, body) => {
    const { rows } = await sql.raw<Row>(text).execute(shop.db)
    return JSON.stringify(shownOf(rows)) === JSON.stringify(shown(body))
  })
  const anew = reads.some(({ nth }) => nth)
  const requests = Array.from({ length: anew ? FRESH_PATHS : reads.length }, (_, n) => {
    const read = reads[n % reads.length]
    return { method: 'GET' as const, path: read?.nth?.(n) ?? read?.path ?? '/' }
  })
  const verify = (body: string) => body.length > 2 && body.startsWith('{') && body.endsWith('}')
  const serve = (seconds: number) =>
    load({ url: shop.url, clients: options.clients, seconds, requests, shared: anew, verify })
  const bare = async (
    transactions: readonly (readonly string[])[],
    { clients, warmUpSeconds }: { clients: number; warmUpSeconds: number },
  ): Promise<Pgbench> => {
    // Requests cut off at the end of a round are still worked on; this one waits behind them.
    await (await fetch(`${shop.url}${reads[0]?.path}`)).text()
    shop.server.pause()
    try {
      const seconds = Math.ceil(options.seconds / ROUNDS)
      return await pgbench(shop.databaseUrl, transactions, { clients, seconds, warmUpSeconds })
    } finally {
      shop.server.resume()
    }
  }
  await serve(WARM_UP_SECONDS)
  const served: Load[] = []
  const peers: Pgbench[] = []
  const prepared: Pgbench[] = []
  const leasts: Pgbench[] = []
  const warm = { clients: PEERS, warmUpSeconds: PREPARING_SECONDS }
  for (let round = 0; round < ROUNDS; round++) {
    served.push(await serve(options.seconds / ROUNDS))
    peers.push(await bare(ours, { clients: options.clients, warmUpSeconds: 0 }))
    prepared.push(await bare(ours, warm))
    leasts.push(await bare(least, warm))
  }
  const all = together(served)
  const best = paceOf(leasts)
  console.log(
    `  ${name}: ${Math.round((100 * all.perSecond) / best)} % of the least SQL, all of it planned before`,
  )
  return [
    ratioFigure(name, all.perSecond, { name: 'pgbench', perSecond: paceOf(peers) }, LEAST, STRETCH),
    ownSqlFigure(name, paceOf(prepared), best),
    timeFigure(`${name}, p95`, p(all, 0.95), P95_LIMIT_MS),
    equalFigure(`${name}, wrong answers`, all.bad, 0),
  ]
}

const paceOf = (rounds: readonly Pgbench[]) =>
  rounds.reduce((sum, { perSecond }) => sum + perSecond, 0) / rounds.length

/**
 * The statements behind every path, from the real routes. Asked twice, because the first answer also fills counts that
 * are kept for seconds and cost a request nothing. The running server must answer the same bytes.
 */
function captureReads(
  shop: Shop,
  reads: readonly Read[],
  isSame: (read: Read, body: string) => Promise<boolean>,
): Promise<string[][]> {
  return withServices(shop, NOBODY, async (app) => {
    const captured: string[][] = []
    for (const read of reads) {
      const { path, before = path } = read
      await app.inject(before)
      let body = ''
      const statements = await capture(async () => {
        body = (await app.inject(path)).body
      })
      const served = await fetch(`${shop.url}${path}`)
      if (served.status !== 200 || (await served.text()) !== body)
        throw new Error(`${path} does not answer what it should: ${served.status} ${body.slice(0, 200)}`)
      if (!(await isSame(read, body))) throw new Error(`the least SQL of ${path} gives another answer`)
      if (statements.length === 0) throw new Error(`${path} asked the database nothing: it is cached`)
      captured.push(statements)
    }
    return captured
  })
}
