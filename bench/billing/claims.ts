import type { Db } from '../../src/platform/database/database.ts'
import { newId } from '../../src/platform/ids.ts'
import { claimDue, releaseClaims } from '../../src/shop/subscriptions/run/claims.ts'
import { type Figure, percentile, spreadFigure } from '../measure/figure.ts'
import type { Shop } from '../measure/shop.ts'
import { openBeside } from './database.ts'
import { fillSubscriptions, isFilled, type Volume } from './fill.ts'

const SMALL_DATABASE = 'bench_billing_small'
const SHRINK = 10
const CHUNK = 100
const CHUNKS = 20
const ROUNDS = 5
const LEAST_SPREAD = 1.5
const LEASE_MS = 60_000

/**
 * Taking what is due, a hundred at a time as a worker does, among all subscriptions and among a tenth of them in a
 * database of their own: the same statement must take the same time.
 */
export async function measureClaims(
  shop: Shop,
  date: Temporal.PlainDate,
  volume: Volume,
  items: readonly string[],
): Promise<Figure[]> {
  const less = {
    subscriptions: Math.ceil(volume.subscriptions / SHRINK),
    due: Math.ceil(volume.due / SHRINK),
  }
  const small = await openBeside(shop, SMALL_DATABASE)
  try {
    if (!(await isFilled(small.db, date, less))) await fillSubscriptions(small.db, date, less, items)
    const times: { few: number[]; many: number[] } = { few: [], many: [] }
    for (let round = 0; round < ROUNDS; round++) {
      times.few.push(...(await claimChunks(small.db, date)))
      times.many.push(...(await claimChunks(shop.db, date)))
    }
    const [few, many] = [percentile(times.few, 0.5), percentile(times.many, 0.5)]
    const name = `claim of ${CHUNK} due`
    const peer = { name: `of ${less.subscriptions.toLocaleString('en-US')}`, ms: few }
    return [spreadFigure(name, many, peer, LEAST_SPREAD)]
  } finally {
    await small.stop()
  }
}

async function claimChunks(db: Db, date: Temporal.PlainDate): Promise<number[]> {
  const workerId = newId()
  const times: number[] = []
  const claimed: string[] = []
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const from = performance.now()
    const due = { kind: 'charge', date } as const
    const ids = await claimDue(db, {
      due,
      payer: { provider: 'kakaopay' },
      runId: workerId,
      workerId,
      limit: CHUNK,
      leaseMs: LEASE_MS,
    })
    times.push(performance.now() - from)
    if (ids.length === 0) throw new Error('nothing is due')
    claimed.push(...ids)
    if (ids.length < CHUNK) break
  }
  await releaseClaims(db, { ids: claimed, workerId })
  return times
}
