/** Days that nobody held against the provider's list or table since they were over. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { NotListed, ProviderName } from '../provider.ts'

/** The last time a list was asked for in vain. */
export interface AskedInVain {
  why: Exclude<NotListed, 'no_list'>
  tries: number
  lastAt: Temporal.Instant
}

export interface NotCompared {
  provider: ProviderName
  day: string
  /** Null where nobody asked yet. */
  inVain: AskedInVain | null
}

/** Days that are looked back on: whoever brings nothing for that long does not need to be told of more. */
const DAYS_BACK = 92

/**
 * The days up to `last` that were not compared since they were complete, so many hours after their end: those our books
 * have something of, since anybody was asked for tables; and where programs are given lists also those whose list was asked
 * for in vain, since what our books lack may stand in it.
 */
export async function daysNotCompared(
  db: Db | Tx,
  wish: {
    providers: readonly ProviderName[]
    last: Temporal.PlainDate
    completeAfterHours: number
    listsForPrograms: boolean
  },
): Promise<NotCompared[]> {
  const { providers, last, completeAfterHours, listsForPrograms } = wish
  const { rows } = await sql<
    Pick<NotCompared, 'provider' | 'day'> & {
      why: AskedInVain['why'] | null
      tries: number | null
      last_at: Temporal.Instant | null
    }
  >`
    with days as (
      select p.name, d.at::date as day, d.at at time zone 'Asia/Seoul' as begins,
        (d.at + interval '1 day') at time zone 'Asia/Seoul' as ends
      from unnest(${providers}::text[]) as p (name),
        generate_series(${last.subtract({ days: DAYS_BACK - 1 }).toString()}::timestamp, ${last.toString()}::timestamp,
          interval '1 day') as d (at))
    select days.name as provider, to_char(days.day, 'YYYY-MM-DD') as day, v.why, v.tries, v.last_at
    from days left join payments.list_not_had v on v.provider = days.name and v.day = days.day
    where not exists (
        select 1 from payments.reconciliation r
        where r.provider = days.name and r.day = days.day
          and r.reconciled_at >= days.ends + make_interval(hours => ${completeAfterHours}))
      and ((${listsForPrograms} and v.why is not null) or (days.day >= (select since from payments.tables_asked_for)
        and (exists (
            select 1 from payments.attempt a
            where a.provider = days.name and a.paid_at >= days.begins and a.paid_at < days.ends
              and a.state in ('succeeded', 'succeeded_late'))
          or exists (
            select 1 from payments.refund f join payments.attempt a on a.id = f.attempt_id
            where a.provider = days.name and f.state = 'succeeded'
              and f.finished_at >= days.begins and f.finished_at < days.ends))))
    order by days.day, days.name`.execute(db)
  return rows.map(({ provider, day, why, tries, last_at: lastAt }) => ({
    provider,
    day,
    inVain: why === null || tries === null || lastAt === null ? null : { why, tries, lastAt },
  }))
}

/** Remembers that the list of a day was asked for in vain. */
export async function keepInVain(
  db: Db,
  { provider, day }: { provider: ProviderName; day: Temporal.PlainDate },
  { why, detail }: { why: AskedInVain['why']; detail: string },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into payments.list_not_had (provider, day, why, detail, first_at, last_at)
    values (${provider}, ${day.toString()}::date, ${why}, ${detail}, ${now}, ${now})
    on conflict (provider, day) do update set
      why = excluded.why, detail = excluded.detail, tries = list_not_had.tries + 1, last_at = excluded.last_at`.execute(
    db,
  )
}

/** The day was compared after all. */
export async function forgetInVain(
  tx: Tx,
  { provider, day }: { provider: ProviderName; day: Temporal.PlainDate },
): Promise<void> {
  await sql`delete from payments.list_not_had where provider = ${provider} and day = ${day.toString()}::date`.execute(
    tx,
  )
}
