import { capture } from './measure/capture.ts'
import { equalFigure, type Figure, ratioFigure, timeFigure } from './measure/figure.ts'
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
const WARM_UP_SECONDS = 2
const ROUNDS = 2
/** Public reads ask nobody who they are. */
const NOBODY = { userId: '', roles: [], sessionId: '' }

export interface Reads {
  readonly name: string
  /** Uncached GETs, at most {@link MOST_PATHS}. */
  readonly paths: readonly string[]
  /** Whether an answer is right and complete; looked at once for every path before anything is measured. */
  isRight(body: string): boolean
}

/** Uncached reads over HTTP against the statements they send, run by pgbench. */
export async function measureReads(
  shop: Shop,
  { name, paths, isRight }: Reads,
  options: BenchOptions,
): Promise<Figure[]> {
  const transactions = await captureReads(shop, paths, isRight)
  const requests = paths.map((path) => ({ method: 'GET' as const, path }))
  const verify = (body: string) => body.length > 2 && body.startsWith('{') && body.endsWith('}')
  const serve = (seconds: number) =>
    load({ url: shop.url, clients: options.clients, seconds, requests, verify })
  const bare = async (seconds: number): Promise<Pgbench> => {
    // Requests cut off at the end of a round are still worked on; this one waits behind them.
    await (await fetch(`${shop.url}${paths[0]}`)).text()
    shop.server.pause()
    try {
      return await pgbench(shop.databaseUrl, transactions, { clients: options.clients, seconds })
    } finally {
      shop.server.resume()
    }
  }
  await serve(WARM_UP_SECONDS)
  const served: Load[] = []
  const peers: Pgbench[] = []
  for (let round = 0; round < ROUNDS; round++) {
    served.push(await serve(options.seconds / ROUNDS))
    peers.push(await bare(Math.ceil(options.seconds / ROUNDS)))
  }
  const all = together(served)
  const peer = peers.reduce((sum, one) => sum + one.perSecond, 0) / peers.length
  return [
    ratioFigure(name, all.perSecond, { name: 'pgbench', perSecond: peer }, LEAST, STRETCH),
    timeFigure(`${name}, p95`, p(all, 0.95), P95_LIMIT_MS),
    equalFigure(`${name}, wrong answers`, all.bad, 0),
  ]
}

/**
 * The statements behind every path, from the real routes. Asked twice, because the first answer also fills counts that
 * are kept for seconds and cost a request nothing. The running server must answer the same bytes.
 */
function captureReads(
  shop: Shop,
  paths: readonly string[],
  isRight: (body: string) => boolean,
): Promise<string[][]> {
  return withServices(shop, NOBODY, async (app) => {
    const captured: string[][] = []
    for (const path of paths) {
      await app.inject(path)
      let body = ''
      const statements = await capture(async () => {
        body = (await app.inject(path)).body
      })
      const served = await fetch(`${shop.url}${path}`)
      if (served.status !== 200 || (await served.text()) !== body || !isRight(body)) {
        throw new Error(`${path} does not answer what it should: ${served.status} ${body.slice(0, 200)}`)
      }
      if (statements.length === 0) throw new Error(`${path} asked the database nothing: it is cached`)
      captured.push(statements)
    }
    return captured
  })
}
