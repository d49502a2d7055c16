import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import type { Rank } from '../import/import-decision.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import { dropStuckWalks } from './stuck-store.ts'
import { PAGE_SIZES, type Position, type Walk } from './walk.ts'

/** What an earlier row of the same run said of a number. */
export interface SeenRows {
  readonly ranks: Map<string, Rank>
  readonly names: Map<string, string>
}

/** Rows of a page by what became of them. */
export type PageCounts = Pick<Walk, 'read' | 'added' | 'changed' | 'unchanged' | 'rejected' | 'doubted'>

const COLUMNS = sql.raw(
  'run_id as "runId", source, page_size as "pageSize", next_row as "nextRow", announced, missed, turns, last_page as "lastPage", stop_code as "stoppedBy", rows_read as read, added, changed, unchanged, rejected, doubted, ended_at is not null as ended',
)

/**
 * The walks of the run that is open, of those of `sources` that are left to read; a new run is begun where none is. Of an
 * open run, registers that are not asked now (their key is gone) keep their place.
 */
export async function openRun(
  db: Db,
  sources: readonly OfficialSource[],
  now: Temporal.Instant,
): Promise<Walk[]> {
  // A run that others end at the same moment makes place for the next one.
  for (let tries = 0; tries < 5; tries += 1) {
    const walks = await transact(db, (tx) => joinRun(tx, sources, now))
    const left = walks.filter(({ ended }) => !ended)
    if (left.length > 0) return left
  }
  throw new Error('runs of the register end as soon as they are begun')
}

async function joinRun(tx: Tx, sources: readonly OfficialSource[], now: Temporal.Instant): Promise<Walk[]> {
  await sql`insert into catalog.register_run (id, started_at) values (${newId()}, ${now}::timestamptz)
    on conflict do nothing`.execute(tx)
  const { rows: open } = await sql<{ id: string }>`
    select id from catalog.register_run where ended_at is null for update`.execute(tx)
  const [run] = open
  if (run === undefined) return []
  await dropStuckWalks(tx, run.id, sources)
  const runId = (await givesWay(tx, run.id, sources, now)) ? await followRun(tx, run.id, now) : run.id
  for (const source of sources) {
    await sql`insert into catalog.register_walk (run_id, source, page_size, updated_at)
      values (${runId}, ${source}, ${PAGE_SIZES[source]}, ${now}::timestamptz)
      on conflict do nothing`.execute(tx)
  }
  const { rows } = await sql<Walk>`
    select ${COLUMNS} from catalog.register_walk
    where run_id = ${runId} and source = any(${sources}::text[]) order by source`.execute(tx)
  return rows
}

/**
 * Whether a run that still waits for some register is over for these: one of them was read to its end before today, or
 * each of them was.
 */
async function givesWay(
  tx: Tx,
  runId: string,
  sources: readonly OfficialSource[],
  now: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql<{ isOld: boolean }>`
    select ended_at < ${startOfDay(now)}::timestamptz as "isOld" from catalog.register_walk
    where run_id = ${runId} and source = any(${sources}::text[]) and ended_at is not null`.execute(tx)
  return rows.length === sources.length || rows.some(({ isOld }) => isOld)
}

/**
 * Ends a run, and begins another one that goes on with what is left of it: a register that cannot be read on keeps its
 * place, and the others are read again without it. Of numbers that come twice in it, on both sides of this break, the
 * second counts until it is read whole.
 */
async function followRun(tx: Tx, runId: string, now: Temporal.Instant): Promise<string> {
  const id = newId()
  await sql`update catalog.register_run set ended_at = greatest(started_at, ${now}::timestamptz)
    where id = ${runId}`.execute(tx)
  await sql`insert into catalog.register_run (id, started_at) values (${id}, ${now}::timestamptz)`.execute(tx)
  await sql`update catalog.register_walk set run_id = ${id}
    where run_id = ${runId} and ended_at is null`.execute(tx)
  await sql`delete from catalog.register_row where run_id = ${runId}`.execute(tx)
  return id
}

const startOfDay = (now: Temporal.Instant): Temporal.Instant =>
  now.toZonedDateTimeISO(BUSINESS_TIME_ZONE).startOfDay().toInstant()

/** Which of the registers were read to their end today, in Seoul. */
export async function endedToday(
  db: Db,
  sources: readonly OfficialSource[],
  now: Temporal.Instant,
): Promise<OfficialSource[]> {
  const { rows } = await sql<{ source: OfficialSource }>`
    select distinct source from catalog.register_walk
    where source = any(${sources}::text[]) and ended_at >= ${startOfDay(now)}::timestamptz`.execute(db)
  return rows.map(({ source }) => source)
}

/** Gives up how far these registers were read in the run that is open: the next import begins at their first row. */
export async function dropWalks(db: Db, sources: readonly OfficialSource[]): Promise<void> {
  await transact(db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      select id from catalog.register_run where ended_at is null for update`.execute(tx)
    const [run] = rows
    if (run === undefined) return
    await sql`delete from catalog.register_walk
      where run_id = ${run.id} and source = any(${sources}::text[])`.execute(tx)
    await sql`delete from catalog.register_row where run_id = ${run.id}`.execute(tx)
  })
}

/**
 * A walk that nobody has moved since; undefined when somebody has. The run is locked with it, so that of two walks that
 * end at once one sees that it was the last.
 */
export async function lockWalk(tx: Tx, { runId, source, nextRow, turns }: Walk): Promise<Walk | undefined> {
  await sql`select 1 from catalog.register_run where id = ${runId} for update`.execute(tx)
  const { rows } = await sql<Walk>`
    select ${COLUMNS} from catalog.register_walk
    where run_id = ${runId} and source = ${source} and next_row = ${nextRow} and turns = ${turns}
      and ended_at is null`.execute(tx)
  return rows[0]
}

/** What earlier pages of the run said of these numbers. */
export async function readSeen(tx: Tx, runId: string, numbers: readonly string[]): Promise<SeenRows> {
  const { rows } = await sql<{ number: string; rank: string; name: string }>`
    select statement_number as number, rank, name from catalog.register_row
    where run_id = ${runId} and statement_number = any(${numbers}::text[])`.execute(tx)
  return {
    ranks: new Map(rows.map(({ number, rank }) => [number, rank])),
    names: new Map(rows.map(({ number, name }) => [number, name])),
  }
}

/** Moves a locked walk on, with the numbers its page brought; ends the run with the last of its walks. */
export async function moveWalk(
  tx: Tx,
  { runId, source }: Walk,
  { to, counts, seen }: { to: Position; counts: PageCounts; seen: SeenRows },
  now: Temporal.Instant,
): Promise<Walk> {
  const numbers = [...seen.ranks.keys()]
  await sql`insert into catalog.register_row (run_id, statement_number, rank, name)
    select ${runId}, number, rank, name from unnest(${numbers}::text[], ${[...seen.ranks.values()]}::text[],
      ${numbers.map((number) => seen.names.get(number) ?? '')}::text[]) as given(number, rank, name)
    on conflict (run_id, statement_number) do update set rank = excluded.rank`.execute(tx)
  const { read, added, changed, unchanged, rejected, doubted } = counts
  const { rows } = await sql<Walk>`
    update catalog.register_walk set next_row = ${to.nextRow}, announced = ${to.announced}, missed = ${to.missed},
      turns = ${to.turns}, last_page = ${to.lastPage}, rows_read = rows_read + ${read}, added = added + ${added},
      changed = changed + ${changed}, unchanged = unchanged + ${unchanged}, rejected = rejected + ${rejected},
      doubted = doubted + ${doubted}, updated_at = ${now}::timestamptz, stop_code = null, stop_message = null,
      ended_at = case when ${to.ended} then ${now}::timestamptz end
    where run_id = ${runId} and source = ${source}
    returning ${COLUMNS}`.execute(tx)
  const [moved] = rows
  if (moved === undefined) throw new Error(`the locked walk of ${source} is not there`)
  if (moved.ended) await endRun(tx, runId, now)
  return moved
}

/** Ends a run of which nothing is left to read. */
async function endRun(tx: Tx, runId: string, now: Temporal.Instant): Promise<void> {
  const { numAffectedRows } = await sql`
    update catalog.register_run set ended_at = greatest(started_at, ${now}::timestamptz)
    where id = ${runId} and ended_at is null and not exists (
      select 1 from catalog.register_walk where run_id = ${runId} and ended_at is null)`.execute(tx)
  if (numAffectedRows === 1n) await sql`delete from catalog.register_row where run_id = ${runId}`.execute(tx)
}

/** Takes one call of the day, before it is made. False when the day has none left. */
export async function takeCall(
  db: Db,
  source: OfficialSource,
  day: Temporal.PlainDate,
  limit: number,
): Promise<boolean> {
  const { rows } = await sql`
    insert into catalog.register_calls as mine (source, day, calls) values (${source}, ${day}::date, 1)
    on conflict (source, day) do update set calls = mine.calls + 1 where mine.calls < ${limit}
    returning calls`.execute(db)
  return rows.length > 0
}

/** The register itself says that the day has none left: others may have used its key. */
export async function useUpCalls(
  db: Db,
  source: OfficialSource,
  day: Temporal.PlainDate,
  limit: number,
): Promise<void> {
  await sql`
    update catalog.register_calls set calls = greatest(calls, ${limit}) where source = ${source} and day = ${day}::date`.execute(
    db,
  )
}
