import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import { type Db, type Tx, transact } from '../database/database.ts'
import type { Clock } from '../time/clock.ts'
import { type DuePage, keptFrom, type RetentionRule } from './rule.ts'

/** Records cleared in one transaction: short enough to make nobody wait. */
const BATCH = 500

export interface RetentionDeps {
  db: Db
  clock: Clock
}

/** `busy`: another process is clearing this kind; `stopped`: what is left is cleared by the next run. */
export interface Cleared {
  kind: string
  removed: number
  end: 'done' | 'busy' | 'stopped'
}

/** Whose doing it is in the audit. */
const SYSTEM = 'system'

/**
 * Clears what is over its term, kind after kind, in batches: each batch is one transaction with its audit row and its
 * count. Broken off anywhere it is begun again and finds what is left. A kind that fails does not keep the others.
 * @throws AggregateError of what failed, after the others are done
 */
export async function runRetention(
  { db, clock }: RetentionDeps,
  rules: readonly RetentionRule[],
  { signal, batch = BATCH }: { signal?: AbortSignal; batch?: number } = {},
): Promise<Cleared[]> {
  const cleared: Cleared[] = []
  const failures: unknown[] = []
  for (const rule of rules) {
    try {
      cleared.push(await clearKind({ db, clock }, rule, batch, signal))
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some records could not be cleared')
  return cleared
}

async function clearKind(
  { db, clock }: RetentionDeps,
  rule: RetentionRule,
  batch: number,
  signal: AbortSignal | undefined,
): Promise<Cleared> {
  const { kind } = rule
  const before = keptFrom(rule.term, clock.today())
  await begin(db, kind, clock.now())
  let removed = 0
  let after: string | null = null
  do {
    if (signal?.aborted === true) return { kind, removed, end: 'stopped' }
    const page: DuePage = { before, limit: batch, after, lock: true }
    const step: Step = await transact(db, (tx) => clearBatch(tx, rule, page, clock.now()))
    if (step === 'busy') return { kind, removed, end: 'busy' }
    removed += step.removed
    after = step.after
  } while (after !== null)
  return { kind, removed, end: 'done' }
}

/** A run that was broken off is gone on with, and counted together. */
async function begin(db: Db, kind: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into platform.retention as known (kind, started_at) values (${kind}, ${now})
    on conflict (kind) do update set started_at = excluded.started_at, finished_at = null, removed = 0
    where known.finished_at is not null`.execute(db)
}

type Step = 'busy' | { removed: number; after: string | null }

async function clearBatch(tx: Tx, rule: RetentionRule, page: DuePage, now: Temporal.Instant): Promise<Step> {
  const { rows } = await sql`
    select kind from platform.retention where kind = ${rule.kind} for update skip locked`.execute(tx)
  if (rows.length === 0) return 'busy'
  const { ids, after } = await rule.due(tx, page)
  if (ids.length > 0) {
    await rule.clear(tx, ids, now)
    await writeAudit(tx, now, {
      actorId: SYSTEM,
      action: 'records.cleared',
      subject: { type: 'records', id: rule.kind },
      reason: rule.basis.ko,
      after: { count: ids.length, endedBefore: page.before.toString() },
    })
  }
  await sql`
    update platform.retention set removed = removed + ${ids.length}, finished_at = ${after === null ? now : null}
    where kind = ${rule.kind}`.execute(tx)
  return { removed: ids.length, after }
}

/** What a count looks through at one time, and in all. */
const COUNT_PAGE = 2_000
const MOST_PAGES = 100

/** How many records a run would clear now, by kind; writes and locks nothing. `more`: there are more than were counted. */
export async function countDue(
  { db, clock }: RetentionDeps,
  rules: readonly RetentionRule[],
): Promise<{ kind: string; count: number; more: boolean }[]> {
  const counted: { kind: string; count: number; more: boolean }[] = []
  for (const { kind, term, due } of rules) {
    const before = keptFrom(term, clock.today())
    let count = 0
    let after: string | null = null
    let pages = 0
    do {
      const page = await due(db, { before, limit: COUNT_PAGE, after, lock: false })
      count += page.ids.length
      after = page.after
      pages++
    } while (after !== null && pages < MOST_PAGES)
    counted.push({ kind, count, more: after !== null })
  }
  return counted
}

export interface LastRun {
  startedAt: Temporal.Instant
  /** Null while it is under way, or was broken off. */
  finishedAt: Temporal.Instant | null
  removed: number
}

/** The latest runs by kind. */
export async function lastRuns(db: Db): Promise<ReadonlyMap<string, LastRun>> {
  const { rows } = await sql<LastRun & { kind: string }>`
    select kind, started_at as "startedAt", finished_at as "finishedAt", removed from platform.retention`.execute(
    db,
  )
  return new Map(rows.map(({ kind, ...run }) => [kind, run]))
}
