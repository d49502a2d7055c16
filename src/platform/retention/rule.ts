/**
 * For how long records are kept, and what becomes of them afterwards. A context says it of its own records, as data and
 * two functions: which of them are over their term and over altogether, and how they are cleared. What is counted
 * beforehand and what is cleared are chosen by the same function, so that they cannot differ.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../database/database.ts'
import type { Text } from '../refusal.ts'
import { BUSINESS_TIME_ZONE } from '../time/clock.ts'

export interface RetentionRule {
  /** `context.records`; never used for other records. */
  kind: string
  /** From the end of a record: years, months or days. */
  term: Temporal.Duration
  /** Where the term is from: a law, or a promise of our own. */
  basis: Text
  /** What is deleted or emptied. */
  removes: Text
  /** What stays all the same. */
  keeps: Text
  /** Records that ended before the given time and have nothing open, the oldest first. Of another one's locked rows none. */
  due(db: Db | Tx, page: DuePage): Promise<Due>
  /** Clears records that were locked by `due` in the same transaction. */
  clear(tx: Tx, ids: readonly string[], now: Temporal.Instant): Promise<void>
}

export interface DuePage {
  /** Records that ended then or later are kept. */
  before: Temporal.Instant
  limit: number
  /** Where the page before ended; null: from the beginning. */
  after: string | null
  /** Locks the rows, for clearing them. */
  lock: boolean
}

export interface Due {
  ids: readonly string[]
  /** Where the next page begins; null: there is none. */
  after: string | null
}

/**
 * Before when a record must have ended for its term to be over on a day. Terms are counted in days of Seoul, the first of
 * them not included (민법 art. 157): what ended on a day is kept through the same day at the end of its term.
 */
export function keptFrom(term: Temporal.Duration, today: Temporal.PlainDate): Temporal.Instant {
  return today.subtract(term).toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()
}

/**
 * A page of rows by their age. `at` is a time that is never after the end of a record, and bounds the search.
 * @param parts.locked the alias of the table whose rows are locked
 */
export async function dueRows(
  db: Db | Tx,
  { before, limit, after, lock }: DuePage,
  parts: {
    id: RawBuilder<unknown>
    at: RawBuilder<unknown>
    from: RawBuilder<unknown>
    where: RawBuilder<unknown>
    locked: string
  },
): Promise<Due> {
  const { id, at, from, where, locked } = parts
  // An instant has no blank; an id may have some.
  const [, lastAt, lastId] = after?.match(/^(\S+) (.*)$/s) ?? []
  const further =
    lastAt === undefined ? sql`true` : sql`(${at}, (${id})::text) > (${lastAt}::timestamptz, ${lastId})`
  const { rows } = await sql<{ id: string; at: Temporal.Instant }>`
    select (${id})::text as id, ${at} as at from ${from}
    where ${at} < ${before} and ${further} and ${where}
    order by ${at}, (${id})::text limit ${limit}
    ${lock ? sql`for update of ${sql.ref(locked)} skip locked` : sql``}`.execute(db)
  const last = rows.at(-1)
  return {
    ids: rows.map((row) => row.id),
    after: last === undefined || rows.length < limit ? null : `${last.at.toString()} ${last.id}`,
  }
}
