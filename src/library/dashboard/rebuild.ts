import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import { takenEvents } from '../../platform/events/inbox.ts'
import { newId } from '../../platform/ids.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { UserError } from '../../platform/user-error.ts'
import { SUBSCRIBER } from './dashboard-view.ts'
import { LOAN_NEWS, newsFrom } from './loan-news.ts'
import { copyLoans, countChange, keepAgain, makeLoans } from './read-model.ts'
import { dashboardChanged } from './watchers.ts'

/** What a rebuild did. */
export interface Rebuilt {
  /** Loans shown now. */
  loans: number
  /** Loans that were shown otherwise before, or not, or should not have been. */
  corrected: number
  /** Events kept that were missing or differed from the log. */
  repaired: number
}

export interface RebuildDeps {
  db: Db
  clock: Clock
  broadcast: Broadcast
  /** Once it is aborted no further step is made; what is shown stays right. */
  signal?: AbortSignal | undefined
  /** How long a step is tried again that finds something locked. Default a minute. */
  patienceMs?: number
}

const CLEARED_AT_ONCE = 10_000
const AT_ONCE = 500
/**
 * So long a step waits for what news has locked, and is then tried again. Less than it takes PostgreSQL to look for waits
 * in a circle (1 s), and less than several events wait together for a row of this: so neither ever fails by it, and news
 * stands no longer behind a lock that is waited for.
 */
const LOCKED_MS = 50
const PAUSE_MS = 100
/** Longer than any handler may hold a lock, also one that hangs. */
const PATIENCE_MS = 60_000
const FIRST = '00000000-0000-0000-0000-000000000000'
const LOCKED = '55P03'

/**
 * Makes the read model anew: every event that was taken in is told again from the log (what the log has forgotten stands
 * as it was kept), the loans are made of them in `dashboard.loan_b`, and that is shown, all at once, while `dashboard.loan`
 * is put right by it; then that is shown again. Readers see the old one until then; news goes on, into both. Between
 * rebuilds `dashboard.loan` is always the one shown: a process of an older release knows no other. Whatever ends this half
 * way leaves something whole shown, and it can be begun again; of several at once the last one goes on. Nothing is needed
 * but the right to read and write: the role of the service owns no table.
 * @throws UserError when another rebuild was begun meanwhile, or something holds a lock for longer than it waits
 * @throws the reason of the signal when it is aborted
 */
export async function rebuildDashboard(deps: RebuildDeps): Promise<Rebuilt> {
  const build: Build = { ...deps, builder: newId() }
  if ((await begin(build)) === 'b') {
    // Left so by one that ended half way, or by a release that changed places and let news into one only.
    await letNewsIn(build, 'a')
    await showFirstAgain(build)
  }
  await clear(build)
  await letNewsIn(build, 'b')
  const repaired = await tellAgain(build)
  let after: string | undefined = FIRST
  while (after !== undefined) {
    const from: string = after
    after = await asBuilder(build, (tx) => makeLoans(tx, from, AT_ONCE))
  }
  const result = await showSecond(build)
  await showFirstAgain(build)
  return { ...result, repaired }
}

interface Build extends RebuildDeps {
  builder: string
}
type Model = 'a' | 'b'

/** @returns which one is shown */
async function begin(build: Build): Promise<Model> {
  return patiently(build, async (tx) => {
    const { rows } = await sql<{ shown: Model }>`
      update dashboard.read_model
      set building = case shown when 'b' then 'a' end, builder = ${build.builder} returning shown`.execute(tx)
    const [row] = rows
    if (!row) throw new Error('nobody says which dashboards are shown')
    return row.shown
  })
}

/** Of whatever an earlier rebuild left there. */
async function clear(build: Build): Promise<void> {
  const clearSome = (tx: Tx) =>
    sql`delete from dashboard.loan_b where ctid = any(array(select ctid from dashboard.loan_b limit ${CLEARED_AT_ONCE}))`.execute(
      tx,
    )
  while (((await asBuilder(build, clearSome)).numAffectedRows ?? 0n) > 0n);
}

/**
 * From now on news goes into both models. The lock waits for whatever is being taken in and knows nothing of this, and lets
 * in what comes only after the commit: so all there was before is found among the events kept.
 */
async function letNewsIn(build: Build, model: Model): Promise<void> {
  await asBuilder(build, async (tx) => {
    await sql`lock table dashboard.loan_event in share row exclusive mode`.execute(tx)
    await sql`update dashboard.read_model set building = ${model}`.execute(tx)
  })
}

async function tellAgain(build: Build): Promise<number> {
  const { db, clock } = build
  const types = Object.values(LOAN_NEWS).map(({ type }) => type)
  let repaired = 0
  for await (const events of takenEvents(db, SUBSCRIBER, types)) {
    const news = events.flatMap((event) => newsFrom(event) ?? [])
    repaired += await asBuilder(build, async (tx) => {
      const kept = await keepAgain(tx, news, clock.now())
      // Their history shows it at once.
      await tellPatrons(build, tx, kept.patrons)
      return kept.repaired
    })
  }
  return repaired
}

async function tellPatrons({ broadcast, clock }: Build, tx: Tx, patrons: readonly string[]): Promise<void> {
  if (patrons.length === 0) return
  await countChange(tx, patrons, clock.now())
  for (const patronId of patrons) broadcast.publishAfterCommit(tx, dashboardChanged, { patronId })
}

/** All at once: what differs between the two, whose dashboards that changes, and which one is shown. */
async function showSecond(build: Build): Promise<Pick<Rebuilt, 'loans' | 'corrected'>> {
  return asBuilder(build, async (tx) => {
    // Longer than any request: all loans are compared.
    await sql`set local statement_timeout = '30min'`.execute(tx)
    const { rows } = await sql<{ loans: number; corrected: number; patrons: string[] | null }>`
      with differing as materialized (
        select a.patron_id as was, b.patron_id as is_now
        from dashboard.loan a full join dashboard.loan_b b using (loan_id) where a.* is distinct from b.*),
      patrons as (select was as id from differing union select is_now from differing)
      select (select count(*)::int from dashboard.loan_b) as loans,
             (select count(*)::int from differing) as corrected,
             (select array_agg(id order by id) from patrons where id is not null) as patrons`.execute(tx)
    const { loans = 0, corrected = 0, patrons } = rows[0] ?? {}
    await sql`update dashboard.read_model set shown = 'b', building = 'a'`.execute(tx)
    await tellPatrons(build, tx, patrons ?? [])
    return { loans, corrected }
  })
}

/** While the second is shown the first is made like it, and then shown: nobody sees a difference. */
async function showFirstAgain(build: Build): Promise<void> {
  // What news and this changed at the same time, the next round looks at again.
  while ((await copyAll(build)) > 0);
  await asBuilder(build, (tx) =>
    sql`update dashboard.read_model set shown = 'a', building = null`.execute(tx),
  )
}

async function copyAll(build: Build): Promise<number> {
  let differed = 0
  for (let after: string | undefined = FIRST; after !== undefined; ) {
    const from: string = after
    const portion = await asBuilder(build, (tx) => copyLoans(tx, from, AT_ONCE))
    differed += portion.differed
    after = portion.last
  }
  return differed
}

/** One step, in a transaction: whoever begins a rebuild waits for it, and afterwards no step of this one is made. */
function asBuilder<T>(build: Build, step: (tx: Tx) => Promise<T>): Promise<T> {
  return patiently(build, async (tx) => {
    const { rows } =
      await sql`select from dashboard.read_model where builder = ${build.builder} for update`.execute(tx)
    if (rows.length === 0)
      throw new UserError('Another rebuild of the dashboards was begun meanwhile; this one has ended.')
    return step(tx)
  })
}

/** One transaction that gives way to news: what cannot be locked at once is tried again a little later. */
async function patiently<T>(
  { db, signal, patienceMs = PATIENCE_MS }: Build,
  step: (tx: Tx) => Promise<T>,
): Promise<T> {
  let waitedMs = 0
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await transact(db, async (tx) => {
        await sql`select set_config('lock_timeout', ${String(LOCKED_MS)}, true)`.execute(tx)
        return step(tx)
      })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === LOCKED)) throw error
      // What the step did before it found the lock does not count: that may be long.
      waitedMs += LOCKED_MS + PAUSE_MS
      if (waitedMs >= patienceMs)
        throw new UserError(
          `Something has held a lock on the dashboards for ${Math.round(patienceMs / 1_000)} s: news that hangs, a migration, or another rebuild that compares all loans. What is shown is whole; try again when that has ended.`,
        )
      // Aborted meanwhile: the reason is thrown above.
      await pause(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }
}
