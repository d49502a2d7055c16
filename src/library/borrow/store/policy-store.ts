import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import type { Opening } from '../rules/opening.ts'
import type { LendingPolicy, PolicyStamp } from '../rules/policy.ts'
import { copiesOutOf } from './loan-store.ts'

export interface PublishedPolicy extends PolicyStamp {
  rules: LendingPolicy
  publishedAt: Temporal.Instant
  /** The day in Seoul from which loans are made under them; null: since they were published. */
  inForceOn: Temporal.PlainDate | null
}

/** There is one set of rules; its versions follow one another. */
const POLICY = 'lending'

/** From when on loans are made under it. */
export function startOf({
  inForceOn,
  publishedAt,
}: Pick<PublishedPolicy, 'inForceOn' | 'publishedAt'>): Temporal.Instant {
  return inForceOn?.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant() ?? publishedAt
}

/** The rules new loans are made under today: the newest of those that have begun. */
export async function currentPolicy(db: Db | Tx, today: Temporal.PlainDate): Promise<PublishedPolicy> {
  const { rows } = await sql<PublishedPolicy>`
    select id, version, rules, published_at as "publishedAt", in_force_on as "inForceOn" from borrow.policy
    where id = ${POLICY} and (in_force_on is null or in_force_on <= ${today})
    order by version desc limit 1`.execute(db)
  const [policy] = rows
  if (!policy) throw new Error('no lending policy is published')
  return policy
}

/** The rules that come next: of those that begin first the newest. Older than the current ones they are replaced. */
export async function nextPolicy(
  db: Db | Tx,
  today: Temporal.PlainDate,
): Promise<{ rules: LendingPolicy; inForceOn: Temporal.PlainDate } | undefined> {
  const { rows } = await sql<{ rules: LendingPolicy; inForceOn: Temporal.PlainDate }>`
    select rules, in_force_on as "inForceOn" from borrow.policy
    where id = ${POLICY} and in_force_on > ${today}
      and version > (select max(version) from borrow.policy
                     where id = ${POLICY} and (in_force_on is null or in_force_on <= ${today}))
    order by in_force_on, version desc limit 1`.execute(db)
  return rows[0]
}

/** The version a new one follows. */
export async function newestPolicy(
  tx: Tx,
): Promise<Pick<PublishedPolicy, 'id' | 'version' | 'rules'> | undefined> {
  const { rows } = await sql<Pick<PublishedPolicy, 'id' | 'version' | 'rules'>>`
    select id, version, rules from borrow.policy where id = ${POLICY} order by version desc limit 1`.execute(
    tx,
  )
  return rows[0]
}

/** So many versions, newest first, those that have not begun among them; and the current one, however old it is. */
export async function listedPolicies(
  db: Db | Tx,
  today: Temporal.PlainDate,
  most: number,
): Promise<(PublishedPolicy & { publishedBy: string | null })[]> {
  const { rows } = await sql<PublishedPolicy & { publishedBy: string | null }>`
    select id, version, rules, published_at as "publishedAt", in_force_on as "inForceOn",
           published_by as "publishedBy"
    from borrow.policy
    where id = ${POLICY}
      and (version > (select max(version) from borrow.policy where id = ${POLICY}) - ${most}::int
        or version = (select max(version) from borrow.policy
                      where id = ${POLICY} and (in_force_on is null or in_force_on <= ${today})))
    order by version desc`.execute(db)
  return rows
}

/**
 * The rules of today, when the library is open, and how many copies a patron has or waits for, by one statement: all are
 * asked for every loan. With the patron locked the count stays true to the end of the transaction.
 */
export async function rulesAndCopiesOut(
  tx: Tx,
  patronId: string,
  today: Temporal.PlainDate,
): Promise<{ policy: PublishedPolicy; opening: Opening | null; copiesOut: number }> {
  const { rows } = await sql<PublishedPolicy & { opening: Opening | null; out: number }>`
    select id, version, rules, published_at as "publishedAt", in_force_on as "inForceOn",
           ${copiesOutOf(patronId)} as out,
           (select jsonb_build_object('closedWeekdays', closed_weekdays, 'closedOnHolidays', closed_on_holidays, 'days', days)
            from borrow.opening_calendar order by version desc limit 1) as opening
    from borrow.policy where id = ${POLICY} and (in_force_on is null or in_force_on <= ${today})
    order by version desc limit 1`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('no lending policy is published')
  const { out, opening, ...policy } = row
  return { policy, opening, copiesOut: out }
}

/** @returns false when somebody published this version meanwhile */
export async function insertPolicy(
  tx: Tx,
  { version, rules, publishedAt, inForceOn }: Omit<PublishedPolicy, 'id'>,
  by: string,
): Promise<boolean> {
  const { rows } = await sql`
    insert into borrow.policy (id, version, rules, published_at, in_force_on, published_by)
    values (${POLICY}, ${version}, ${JSON.stringify(rules)}::jsonb, ${publishedAt}, ${inForceOn}, ${by})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}
