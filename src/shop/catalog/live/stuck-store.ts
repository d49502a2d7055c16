/** Pages of registers that were not read, so that none of them holds up its register for ever. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import type { Walk } from './walk.ts'

/** A page that was not read. */
export interface StuckPage {
  readonly source: OfficialSource
  readonly nextRow: number
  readonly failedDays: number
  /** Null: it is still asked for. */
  readonly stuckAt: Temporal.Instant | null
  /** The walk goes past it when it cannot be read. */
  readonly skipped: boolean
}

const COLUMNS = sql.raw(
  'source, next_row as "nextRow", failed_days as "failedDays", stuck_at as "stuckAt", skipped',
)

/** What was not read of the registers; of each, what waits for somebody's word comes first. */
export async function readStuckPages(db: Db | Tx): Promise<StuckPage[]> {
  const { rows } = await sql<StuckPage>`
    select ${COLUMNS} from catalog.register_unread order by source, skipped, next_row`.execute(db)
  return rows
}

/**
 * Takes note that a page was not read today; often on one day counts once. After so many days it counts as one that will
 * not come.
 */
export async function noteUnread(
  db: Db,
  { source, nextRow }: Pick<Walk, 'source' | 'nextRow'>,
  { today, now, mostDays }: { today: Temporal.PlainDate; now: Temporal.Instant; mostDays: number },
): Promise<StuckPage | undefined> {
  const { rows } = await sql<StuckPage>`
    insert into catalog.register_unread as old (source, next_row, failed_on, stuck_at)
    values (${source}, ${nextRow}, ${today}::date, case when ${mostDays}::int <= 1 then ${now}::timestamptz end)
    on conflict (source, next_row) do update set
      failed_on = excluded.failed_on,
      failed_days = old.failed_days + (old.failed_on < excluded.failed_on)::int,
      stuck_at = case
        when old.failed_days + (old.failed_on < excluded.failed_on)::int >= ${mostDays}
          then coalesce(old.stuck_at, ${now}::timestamptz)
        else old.stuck_at end
    returning ${COLUMNS}`.execute(db)
  return rows[0]
}

/** A page that was read after all. */
export async function forgetUnread(
  db: Db,
  { source, nextRow }: Pick<Walk, 'source' | 'nextRow'>,
): Promise<void> {
  await sql`delete from catalog.register_unread where source = ${source} and next_row = ${nextRow}`.execute(
    db,
  )
}

/** Pages that a register has no longer: it was read to its end before them. */
export async function forgetBehind(
  db: Db,
  { source, nextRow }: Pick<Walk, 'source' | 'nextRow'>,
): Promise<void> {
  await sql`delete from catalog.register_unread where source = ${source} and next_row > ${nextRow}`.execute(
    db,
  )
}

/** Has the walk go past a page that will not come; false when it is not that page by now. */
export async function skipStuck(
  tx: Tx,
  { source, nextRow }: Pick<Walk, 'source' | 'nextRow'>,
): Promise<boolean> {
  const { rows } = await sql`
    update catalog.register_unread set skipped = true
    where source = ${source} and next_row = ${nextRow} and stuck_at is not null and not skipped
    returning source`.execute(tx)
  return rows.length > 0
}

/** Registers that were given up today, in Seoul: they are left alone until tomorrow. */
export async function stuckToday(db: Db, today: Temporal.PlainDate): Promise<OfficialSource[]> {
  const { rows } = await sql<{ source: OfficialSource }>`
    select distinct source from catalog.register_unread
    where stuck_at is not null and not skipped and failed_on = ${today}::date`.execute(db)
  return rows.map(({ source }) => source)
}

/** How many such pages wait for somebody to say what becomes of them. */
export async function countStuck(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from catalog.register_unread where stuck_at is not null and not skipped`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}

/** Gives up walks that stand at such a page: the next import begins at their first row. */
export async function dropStuckWalks(
  tx: Tx,
  runId: string,
  sources: readonly OfficialSource[],
): Promise<void> {
  const { rows } = await sql`
    delete from catalog.register_walk as walk using catalog.register_unread as stuck
    where walk.run_id = ${runId} and walk.source = any(${sources}::text[]) and walk.ended_at is null
      and stuck.source = walk.source and stuck.next_row = walk.next_row
      and stuck.stuck_at is not null and not stuck.skipped
    returning walk.source`.execute(tx)
  if (rows.length > 0) await sql`delete from catalog.register_row where run_id = ${runId}`.execute(tx)
}
