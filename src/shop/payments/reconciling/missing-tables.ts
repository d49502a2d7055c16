import { sql } from 'kysely'
import type { PaymentsDeps } from '../deps.ts'
import type { ProviderName } from '../provider.ts'
import { lastDayDue } from '../rules/settlement-day.ts'

/** A day of which our books have something, and nobody has brought the provider's table in time. */
interface MissingTable {
  provider: ProviderName
  day: string
}

/** Days that are looked back on: whoever brings nothing for that long does not need to be told of more. */
const DAYS_BACK = 92

/**
 * What people still have to bring: tables of providers that give programs no list, of the days since anybody was asked for
 * them. One that was brought on the day itself does not count, for that day was not over.
 */
export async function missingTables({
  db,
  clock,
  providers,
  settings,
}: Pick<PaymentsDeps, 'db' | 'clock' | 'providers' | 'settings'>): Promise<MissingTable[]> {
  const last = lastDayDue(clock.now(), settings.settlementTableHour)
  const byPeople = [...providers.values()].filter(({ capabilities }) => !capabilities.listsSettled)
  const { rows } = await sql<MissingTable>`
    with days as (
      select p.name, d.at::date as day, d.at at time zone 'Asia/Seoul' as begins,
        (d.at + interval '1 day') at time zone 'Asia/Seoul' as ends
      from unnest(${byPeople.map(({ name }) => name)}::text[]) as p (name),
        generate_series(${last.subtract({ days: DAYS_BACK - 1 }).toString()}::timestamp, ${last.toString()}::timestamp,
          interval '1 day') as d (at))
    select name as provider, to_char(day, 'YYYY-MM-DD') as day from days
    where day >= (select since from payments.tables_asked_for) and not exists (
        select 1 from payments.reconciliation r
        where r.provider = days.name and r.day = days.day and r.reconciled_at >= days.ends)
      and (exists (
          select 1 from payments.attempt a
          where a.provider = days.name and a.paid_at >= days.begins and a.paid_at < days.ends
            and a.state in ('succeeded', 'succeeded_late'))
        or exists (
          select 1 from payments.refund f join payments.attempt a on a.id = f.attempt_id
          where a.provider = days.name and f.state = 'succeeded'
            and f.finished_at >= days.begins and f.finished_at < days.ends))
    order by day, provider`.execute(db)
  return rows
}
