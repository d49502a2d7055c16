import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { Subscription } from '../rules/subscription.ts'

export interface SubscriptionFigures {
  day: Temporal.PlainDate
  started: number
  ended: number
}

/** Subscriptions that began and ended on each day from a moment on, days without any left out. */
export async function dailySubscriptions(db: Db, from: Temporal.Instant): Promise<SubscriptionFigures[]> {
  const { rows } = await sql<SubscriptionFigures>`
    with happened as (
      select started_at as at, 1 as started, 0 as ended
      from subscriptions.subscription where started_at >= ${from}
      union all
      select cancelled_at, 0, 1 from subscriptions.subscription where cancelled_at >= ${from})
    select (at at time zone 'Asia/Seoul')::date as day, sum(started)::bigint as started, sum(ended)::bigint as ended
    from happened group by 1 order by 1`.execute(db)
  return rows
}

/** How many there are in each state now. */
export async function subscriptionsByState(db: Db): Promise<Record<Subscription['state'], number>> {
  const { rows } = await sql<{ state: Subscription['state']; count: number }>`
    select state, count(*) as count from subscriptions.subscription group by state`.execute(db)
  const counted = Object.fromEntries(rows.map(({ state, count }) => [state, count]))
  return { active: 0, paused: 0, past_due: 0, cancelled: 0, ...counted }
}
