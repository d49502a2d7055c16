import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { Run, RunKind, RunReport, RunState, StepName, StopReason } from './run.ts'

type RunRow = {
  id: string
  business_date: Temporal.PlainDate
  kind: RunKind
  state: RunState
  stop_reason: StopReason | null
  starts: number
  started_at: Temporal.Instant
  finished_at: Temporal.Instant | null
  planned: number | null
  report: StoredReport | null
}

/** Older reports lack what was not counted then. */
type StoredReport = Omit<RunReport, 'due' | 'refusals' | 'declined' | 'methodBusy'> &
  Partial<Pick<RunReport, 'due' | 'refusals' | 'methodBusy'>> & {
    declined: Omit<RunReport['declined'], 'byReason'> & Partial<Pick<RunReport['declined'], 'byReason'>>
  }

function reportFrom(stored: StoredReport): RunReport {
  const due = stored.handled.count + stored.left + stored.waiting
  const methodBusy = { count: 0, amount: 0 }
  return { due, refusals: [], methodBusy, ...stored, declined: { byReason: [], ...stored.declined } }
}

const COLUMNS = sql`id, business_date, kind, state, stop_reason, starts, started_at, finished_at, planned, report`

function runOf(row: RunRow): Run {
  return {
    id: row.id,
    date: row.business_date,
    kind: row.kind,
    state: row.state,
    stopReason: row.stop_reason,
    starts: row.starts,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    planned: row.planned,
    report: row.report && reportFrom(row.report),
  }
}

export interface Opened {
  run: Run
  how: 'started' | 'joined' | 'taken_up'
}

/**
 * The run of a date. A new one is started; one that runs or is paused is joined; one that has ended is taken up again,
 * with what has become due since. Two at the same moment get the same run: the date is unique.
 */
export async function openRun(
  db: Db,
  { date, kind, now }: { date: Temporal.PlainDate; kind: RunKind; now: Temporal.Instant },
): Promise<Opened> {
  return transact<Opened>(db, async (tx) => {
    const { rows: fresh } = await sql<RunRow>`
      insert into subscriptions.billing_run (id, business_date, kind, state, started_at, updated_at)
      values (${newId()}, ${date}, ${kind}, 'running', ${now}, ${now})
      on conflict (business_date) do nothing returning ${COLUMNS}`.execute(tx)
    if (fresh[0]) return { run: runOf(fresh[0]), how: 'started' }
    const { rows: found } = await sql<RunRow>`
      select ${COLUMNS} from subscriptions.billing_run where business_date = ${date} for update`.execute(tx)
    if (!found[0]) throw new Error(`the billing run of ${date} is neither there nor new`)
    const { id, state } = found[0]
    if (state === 'running' || state === 'paused') return { run: runOf(found[0]), how: 'joined' }
    await sql`delete from subscriptions.billing_step where run_id = ${id}`.execute(tx)
    await sql`delete from subscriptions.billing_set_aside where run_id = ${id}`.execute(tx)
    const { rows } = await sql<RunRow>`
      update subscriptions.billing_run
      set state = 'running', stop_reason = null, finished_at = null, starts = starts + 1, updated_at = ${now}
      where id = ${id} returning ${COLUMNS}`.execute(tx)
    if (!rows[0]) throw new Error(`the billing run of ${date} disappeared while locked`)
    return { run: runOf(rows[0]), how: 'taken_up' }
  })
}

/** The run, not locked. */
export async function readRun(db: Db | Tx, id: string): Promise<Run | undefined> {
  const { rows } = await sql<RunRow>`
    select ${COLUMNS} from subscriptions.billing_run where id = ${id}`.execute(db)
  return rows[0] && runOf(rows[0])
}

/** The run of a date, or the latest one. */
export async function findRun(db: Db, date: Temporal.PlainDate | undefined): Promise<Run | undefined> {
  const { rows } = await sql<RunRow>`
    select ${COLUMNS} from subscriptions.billing_run
    ${date ? sql`where business_date = ${date}` : sql``} order by business_date desc limit 1`.execute(db)
  return rows[0] && runOf(rows[0])
}

/** Runs, latest date first. */
export async function listRuns(
  db: Db,
  { before, limit }: { before?: Temporal.PlainDate | undefined; limit: number },
): Promise<Run[]> {
  const { rows } = await sql<RunRow>`
    select ${COLUMNS} from subscriptions.billing_run
    ${before ? sql`where business_date < ${before}` : sql``} order by business_date desc limit ${limit}`.execute(
    db,
  )
  return rows.map(runOf)
}

/** Locks the run until the end of the transaction. */
export async function lockRun(tx: Tx, id: string): Promise<Run> {
  const { rows } = await sql<RunRow>`
    select ${COLUMNS} from subscriptions.billing_run where id = ${id} for update`.execute(tx)
  if (!rows[0]) throw new Error(`there is no billing run ${id}`)
  return runOf(rows[0])
}

/** Compare-and-set of the state. @returns the run, or undefined when it was in another state */
export async function moveRun(
  db: Db | Tx,
  id: string,
  from: RunState,
  to: 'running' | 'paused',
  now: Temporal.Instant,
): Promise<Run | undefined> {
  const { rows } = await sql<RunRow>`
    update subscriptions.billing_run set state = ${to}, updated_at = ${now}
    where id = ${id} and state = ${from} returning ${COLUMNS}`.execute(db)
  return rows[0] && runOf(rows[0])
}

/** Ends a run, locked by the caller, with its report. */
export async function endRun(
  tx: Tx,
  id: string,
  end: { state: 'complete' } | { state: 'stopped' | 'failed'; reason: StopReason },
  report: RunReport,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update subscriptions.billing_run
    set state = ${end.state}, stop_reason = ${'reason' in end ? end.reason : null}, report = ${JSON.stringify(report)},
        finished_at = ${now}, updated_at = ${now}
    where id = ${id}`.execute(tx)
}

/**
 * Writes down how many subscriptions the run is about: those it has handled already and those that are due, counted at
 * one moment. A worker that joins late, or a run that goes on, makes of it nothing smaller.
 */
export async function notePlanned(db: Db, id: string): Promise<void> {
  await sql`
    update subscriptions.billing_run r
    set planned = (select count(*) from subscriptions.cycle c where c.run_id = r.id)
                + (select count(*) from subscriptions.subscription s
                   where s.next_due <= r.business_date and not s.latest_cycle_open
                     and not exists (select from subscriptions.billing_set_aside a
                                     where a.run_id = r.id and a.subscription_id = s.id))
    where id = ${id}`.execute(db)
}

export interface Step {
  name: StepName
  state: 'running' | 'done'
  startedAt: Temporal.Instant
  finishedAt: Temporal.Instant | null
}

/** Writes that a step has begun; the first to come counts. @returns false when it is done already */
export async function beginRunStep(
  db: Db,
  runId: string,
  name: StepName,
  now: Temporal.Instant,
): Promise<boolean> {
  await sql`
    insert into subscriptions.billing_step (run_id, name, state, started_at)
    values (${runId}, ${name}, 'running', ${now}) on conflict do nothing`.execute(db)
  const { rows } = await sql<{ state: string }>`
    select state from subscriptions.billing_step where run_id = ${runId} and name = ${name}`.execute(db)
  return rows[0]?.state !== 'done'
}

/** Writes down that a step of a run is over. */
export async function endRunStep(
  db: Db | Tx,
  runId: string,
  name: StepName,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into subscriptions.billing_step (run_id, name, state, started_at, finished_at)
    values (${runId}, ${name}, 'done', ${now}, ${now})
    on conflict (run_id, name) do update set state = 'done', finished_at = ${now}
    where billing_step.state = 'running'`.execute(db)
}

/** The steps of a run, in order. */
export async function stepsOf(db: Db, runId: string): Promise<Step[]> {
  const { rows } = await sql<{
    name: StepName
    state: Step['state']
    started_at: Temporal.Instant
    finished_at: Temporal.Instant | null
  }>`
    select name, state, started_at, finished_at from subscriptions.billing_step
    where run_id = ${runId} order by array_position(array['plan', 'charge', 'follow_up', 'report'], name)`.execute(
    db,
  )
  return rows.map((row) => ({
    name: row.name,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }))
}
