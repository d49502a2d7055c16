import { sql } from 'kysely'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import { takenEvents } from '../../platform/events/inbox.ts'
import { newId } from '../../platform/ids.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { UserError } from '../../platform/user-error.ts'
import { SUBSCRIBER } from './dashboard-view.ts'
import { LOAN_NEWS, newsFrom } from './loan-news.ts'
import { keepAgain, type Model, makeLoans, TABLES } from './read-model.ts'
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
}

const CLEARED_AT_ONCE = 10_000
const MADE_AT_ONCE = 500
/**
 * So long a portion waits for a row that news has locked, and is then tried again. Less than it takes PostgreSQL to look
 * for waits in a circle (1 s), and less than several events wait together for a row of this: so neither ever fails by it.
 */
const LOCKED_MS = 50
const FIRST = '00000000-0000-0000-0000-000000000000'
const LOCKED = '55P03'

/**
 * Makes the read model anew: every event that was taken in is told again from the log (what the log has forgotten stands
 * as it was kept), the loans are made of them in the model that is not shown, and then the two change places. Readers see
 * the old one until then; news goes on, into both. Whatever ends this half way leaves what is shown untouched, and it can
 * be begun again; of several at once the last one goes on. Nothing is needed but the right to read and write: the role of
 * the service owns no table.
 * @throws UserError when another rebuild was begun meanwhile
 */
export async function rebuildDashboard(deps: RebuildDeps): Promise<Rebuilt> {
  const { db } = deps
  const builder = newId()
  const model = await begin(db, builder)
  await clear(db, builder, model)
  await letNewsIn(db, builder, model)
  const repaired = await tellAgain(deps, builder)
  let after: string | undefined = FIRST
  while (after !== undefined) after = await makeNext(db, builder, model, after)
  return { ...(await changePlaces(deps, builder, model)), repaired }
}

async function begin(db: Db, builder: string): Promise<Model> {
  const { rows } = await sql<{ spare: Model }>`
    update dashboard.read_model set building = null, builder = ${builder}
    returning case shown when 'a' then 'b' else 'a' end as spare`.execute(db)
  const [row] = rows
  if (!row) throw new Error('nobody says which dashboards are shown')
  return row.spare
}

/** Of whatever an earlier rebuild left there. */
async function clear(db: Db, builder: string, model: Model): Promise<void> {
  const clearSome = (tx: Tx) =>
    sql`delete from ${TABLES[model]} where ctid = any(array(select ctid from ${TABLES[model]} limit ${CLEARED_AT_ONCE}))`.execute(
      tx,
    )
  while (((await asBuilder(db, builder, clearSome)).numAffectedRows ?? 0n) > 0n);
}

/**
 * From now on news goes into both models. The lock waits for whatever is being taken in and knows nothing of this, and lets
 * in what comes only after the commit: so all there was before is found among the events kept.
 */
async function letNewsIn(db: Db, builder: string, model: Model): Promise<void> {
  await asBuilder(db, builder, async (tx) => {
    await sql`lock table dashboard.loan_event in share row exclusive mode`.execute(tx)
    await sql`update dashboard.read_model set building = ${model}`.execute(tx)
  })
}

async function tellAgain({ db, clock }: RebuildDeps, builder: string): Promise<number> {
  const types = Object.values(LOAN_NEWS).map(({ type }) => type)
  let repaired = 0
  for await (const events of takenEvents(db, SUBSCRIBER, types)) {
    const news = events.flatMap((event) => newsFrom(event) ?? [])
    repaired += await asBuilder(db, builder, (tx) => keepAgain(tx, news, clock.now()))
  }
  return repaired
}

async function makeNext(db: Db, builder: string, model: Model, after: string): Promise<string | undefined> {
  for (;;) {
    try {
      return await asBuilder(db, builder, async (tx) => {
        await sql`select set_config('lock_timeout', ${String(LOCKED_MS)}, true)`.execute(tx)
        return makeLoans(tx, model, after, MADE_AT_ONCE)
      })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === LOCKED)) throw error
    }
  }
}

/** All at once: what differs between the two, whose dashboards that changes, and which one is shown. */
async function changePlaces(
  { db, broadcast }: RebuildDeps,
  builder: string,
  model: Model,
): Promise<Pick<Rebuilt, 'loans' | 'corrected'>> {
  return asBuilder(db, builder, async (tx) => {
    // Longer than any request: all loans are compared.
    await sql`set local statement_timeout = '30min'`.execute(tx)
    const { rows } = await sql<{ loans: number; corrected: number; patrons: string[] | null }>`
      with differing as materialized (
        select coalesce(a.patron_id, b.patron_id) as patron_id
        from dashboard.loan a full join dashboard.loan_b b using (loan_id) where a.* is distinct from b.*)
      select (select count(*)::int from ${TABLES[model]}) as loans,
             (select count(*)::int from differing) as corrected,
             (select array_agg(distinct patron_id order by patron_id) from differing) as patrons`.execute(tx)
    const { loans = 0, corrected = 0, patrons } = rows[0] ?? {}
    await sql`update dashboard.read_model set shown = ${model}, building = null, builder = null`.execute(tx)
    // In the order in which news locks them.
    await sql`
      with locked as materialized (
        select patron_id from dashboard.patron where patron_id = any(${patrons ?? []}::uuid[])
        order by patron_id for update)
      update dashboard.patron set revision = revision + 1 where patron_id in (select patron_id from locked)`.execute(
      tx,
    )
    for (const patronId of patrons ?? []) broadcast.publishAfterCommit(tx, dashboardChanged, { patronId })
    return { loans, corrected }
  })
}

/** One step, in a transaction: whoever begins a rebuild waits for it, and afterwards no step of this one is made. */
function asBuilder<T>(db: Db, builder: string, step: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(db, async (tx) => {
    const { rows } =
      await sql`select from dashboard.read_model where builder = ${builder} for update`.execute(tx)
    if (rows.length === 0)
      throw new UserError('Another rebuild of the dashboards was begun meanwhile; this one has ended.')
    return step(tx)
  })
}
