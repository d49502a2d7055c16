import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { CycleState } from '../cycle.ts'
import type { Run, RunReport, Tally } from './run.ts'

type Group = {
  state: CycleState
  wait_for: 'retry' | 'new_method' | null
  reason: string | null
  count: number
  amount: number
}

const none = (): Tally => ({ count: 0, amount: 0 })

/**
 * What has become so far of the cycles a run has worked on. Counted in the cycles themselves, so neither a worker's
 * death nor a second start can make it wrong.
 */
export async function reportOf(db: Db | Tx, run: Pick<Run, 'id' | 'date'>): Promise<RunReport> {
  const { rows } = await sql<Group>`
    select state, wait_for, reason, count(*)::int as count, coalesce(sum(amount), 0)::bigint as amount
    from subscriptions.cycle where run_id = ${run.id} group by state, wait_for, reason`.execute(db)
  const report: RunReport = {
    handled: none(),
    charged: none(),
    declined: { retry: none(), newMethod: none() },
    frozen: { unknownOutcome: none(), invalidRequest: none() },
    inFlight: none(),
    postponed: none(),
    skipped: {},
    failed: {},
    ...(await remains(db, run)),
  }
  for (const group of rows) {
    addTo(report.handled, group)
    sort(report, group)
  }
  return report
}

function sort(report: RunReport, group: Group): void {
  const reason = group.reason ?? 'unknown'
  if (group.state === 'skipped') {
    report.skipped[reason] = (report.skipped[reason] ?? 0) + group.count
  } else if (group.state === 'failed') {
    report.failed[reason] ??= none()
    addTo(report.failed[reason], group)
  } else {
    addTo(placeOf(report, group.state, group), group)
  }
}

function placeOf(
  { charged, declined, frozen, inFlight, postponed }: RunReport,
  state: Exclude<CycleState, 'skipped' | 'failed'>,
  { wait_for, reason }: Group,
): Tally {
  switch (state) {
    case 'paid':
      return charged
    case 'declined':
      return wait_for === 'retry' ? declined.retry : declined.newMethod
    case 'frozen':
      return reason === 'invalid_request' ? frozen.invalidRequest : frozen.unknownOutcome
    case 'charging':
      return inFlight
    case 'due':
    case 'ordering':
      return postponed
  }
}

function addTo(tally: Tally, { count, amount }: Tally): void {
  tally.count += count
  tally.amount += amount
}

async function remains(
  db: Db | Tx,
  run: Pick<Run, 'id' | 'date'>,
): Promise<Pick<RunReport, 'left' | 'waiting' | 'errors'>> {
  const { rows } = await sql<{ left: number; waiting: number; errors: number }>`
    with due as (
      select s.id from subscriptions.subscription s where s.next_due <= ${run.date} and not s.latest_cycle_open),
    aside as (
      select a.subscription_id as id, a.reason from subscriptions.billing_set_aside a where a.run_id = ${run.id})
    select (select count(*) from due where id not in (select id from aside))::int as left,
           (select count(*) from due join aside using (id) where aside.reason = 'waits')::int as waiting,
           (select count(*) from aside where reason = 'error')::int as errors`.execute(db)
  return rows[0] ?? { left: 0, waiting: 0, errors: 0 }
}

/** Those whose handling failed, for a person to look at. */
export async function errorsOf(
  db: Db,
  runId: string,
  limit: number,
): Promise<{ subscriptionId: string; detail: string; at: Temporal.Instant }[]> {
  const { rows } = await sql<{ subscription_id: string; detail: string; at: Temporal.Instant }>`
    select subscription_id, detail, at from subscriptions.billing_set_aside
    where run_id = ${runId} and reason = 'error' order by at desc limit ${limit}`.execute(db)
  return rows.map(({ subscription_id, detail, at }) => ({ subscriptionId: subscription_id, detail, at }))
}
