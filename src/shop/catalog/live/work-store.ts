/** Who reads the registers now, and what they are told, in one row for all processes. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { Walk } from './walk.ts'

/** Longer than a call with the pause behind it. */
const BUSY = Temporal.Duration.from({ minutes: 3 })
/** An import that nobody has begun by then is given up: the one that was to do it may have been discarded. */
const WANTED = Temporal.Duration.from({ minutes: 15 })

/** Takes note that an import is wanted; false when one is wanted or under way. The row lets only one of several in. */
export async function wantImport(tx: Tx, now: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql`
    update catalog.register_work set wanted_at = ${now}::timestamptz, stop_at = null
    where coalesce(busy_until, '-infinity') <= ${now}::timestamptz
      and coalesce(wanted_at, '-infinity') <= ${now.subtract(WANTED)}::timestamptz
    returning only_row`.execute(tx)
  return rows.length > 0
}

/** Asks whoever imports, or is about to, to stop; false when there is nobody. */
export async function wantStop(tx: Tx, now: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql`
    update catalog.register_work set stop_at = ${now}::timestamptz, wanted_at = null
    where busy_until > ${now}::timestamptz or wanted_at is not null
    returning only_row`.execute(tx)
  return rows.length > 0
}

/**
 * Takes on the import that is wanted; false when it was stopped before it began, or done by an earlier try. From here on
 * it can be stopped.
 */
export async function takeWanted(db: Db, now: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql`
    update catalog.register_work set busy_until = ${now.add(BUSY)}::timestamptz where wanted_at is not null
    returning only_row`.execute(db)
  return rows.length > 0
}

/** Begins an import: what an earlier one was told holds no longer, unless that is still under way. */
export async function beginWork(db: Db, now: Temporal.Instant): Promise<void> {
  await sql`
    update catalog.register_work set busy_until = ${now.add(BUSY)}::timestamptz,
      stop_at = case when busy_until > ${now}::timestamptz then stop_at end`.execute(db)
}

/** Says before a call that an import is under way; false when it is to stop. */
export async function goesOn(db: Db, now: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql`
    update catalog.register_work set busy_until = ${now.add(BUSY)}::timestamptz where stop_at is null
    returning only_row`.execute(db)
  return rows.length > 0
}

/** Ends an import, however it went. */
export async function endWork(db: Db): Promise<void> {
  await sql`update catalog.register_work set busy_until = null`.execute(db)
}

/** What was wanted is done. */
export async function workDone(db: Db): Promise<void> {
  await sql`update catalog.register_work set wanted_at = null`.execute(db)
}

/** Keeps why a walk that nobody has moved since was not read on; the next page that is stored takes it back. */
export async function noteStop(
  db: Db,
  { runId, source, nextRow }: Walk,
  { code, message }: { code: string; message: Text },
): Promise<void> {
  await sql`
    update catalog.register_walk set stop_code = ${code}, stop_message = ${JSON.stringify(message)}::jsonb
    where run_id = ${runId} and source = ${source} and next_row = ${nextRow} and ended_at is null`.execute(db)
}
