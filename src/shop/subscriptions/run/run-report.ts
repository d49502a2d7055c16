import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { CycleState } from '../rules/cycle.ts'
import type { DeclineClass } from '../rules/retry-policy.ts'
import type { DeclineReason, RefusedFor, Run, RunReport, Tally } from './run.ts'

type Group = {
  state: CycleState
  wait_for: 'retry' | 'new_method' | null
  reason: string | null
  /** The bank's last refusal of the cycle; null when there is none, or none was written down. */
  class: DeclineClass | null
  code: string | null
  /** Declined without an attempt: there was no method to charge. */
  unasked: boolean
  /** Stands aside until it is known what came of another charge of its method. */
  aside: boolean
  count: number
  amount: number
}

const none = (): Tally => ({ count: 0, amount: 0 })

/** Those that only wait for their turn with a method are not behind anything that has to be cleared up. */
const BEHIND_UNKNOWN = sql`exists (
  select from subscriptions.subscription s join subscriptions.cycle other on other.method_id = s.method_id
  where s.id = c.subscription_id and other.state = 'frozen' and other.reason = 'unknown_outcome')`

/**
 * What has become so far of the cycles a run has worked on. Counted in the cycles themselves, so neither a worker's
 * death nor a second start can make it wrong.
 */
export async function reportOf(db: Db | Tx, run: Pick<Run, 'id' | 'date'>): Promise<RunReport> {
  const { rows } = await sql<Group>`
    select c.state, c.wait_for, c.reason, r.class, r.code, c.attempt_id is null as unasked,
           case when c.busy_since is null then false else ${BEHIND_UNKNOWN} end as aside,
           count(*)::int as count, coalesce(sum(c.amount), 0)::bigint as amount
    from subscriptions.cycle c
    left join subscriptions.charge_refusal r on c.state = 'declined' and r.attempt_id = c.attempt_id
    where c.run_id = ${run.id} group by 1, 2, 3, 4, 5, 6, 7 order by count desc, r.class, r.code`.execute(db)
  const { due, ...remaining } = await remains(db, run)
  const report: RunReport = {
    due,
    handled: none(),
    charged: none(),
    declined: { retry: none(), newMethod: none(), byReason: [] },
    refusals: await refusalsOf(db, run.id),
    frozen: { unknownOutcome: none(), invalidRequest: none() },
    inFlight: none(),
    postponed: none(),
    methodBusy: none(),
    skipped: {},
    failed: {},
    ...remaining,
  }
  for (const group of rows) {
    addTo(report.handled, group)
    sort(report, group)
  }
  report.due += report.handled.count
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
    if (group.state === 'declined') addReason(report, group)
  }
}

/** The same reason may stand in several groups: one waits for another try, the other for a new method. */
function addReason({ declined }: RunReport, group: Group): void {
  const { code, count, amount } = group
  const known = declined.byReason.find((one) => one.class === reasonOf(group) && one.code === code)
  if (known) addTo(known, group)
  else declined.byReason.push({ class: reasonOf(group), code, count, amount })
}

function reasonOf(group: Group): DeclineReason {
  return group.class ?? (group.unasked ? 'no_method' : 'not_recorded')
}

/** What the bank said no to while this run worked on it, most frequent first. Each refused attempt counts once. */
async function refusalsOf(db: Db | Tx, runId: string): Promise<RefusedFor[]> {
  const { rows } = await sql<RefusedFor>`
    select r.class, r.code, count(*)::int as count, sum(r.amount)::bigint as amount,
           (count(distinct (subscription_id, cycle_no)) filter (where c.state = 'paid'))::int as "paidAfterAll"
    from subscriptions.charge_refusal r join subscriptions.cycle c using (subscription_id, cycle_no)
    where r.run_id = ${runId} group by r.class, r.code order by count desc, r.class, r.code`.execute(db)
  return rows
}

function placeOf(
  { charged, declined, frozen, inFlight, postponed, methodBusy }: RunReport,
  state: Exclude<CycleState, 'skipped' | 'failed'>,
  { wait_for, reason, aside }: Group,
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
      return aside ? methodBusy : postponed
  }
}

function addTo(tally: Tally, { count, amount }: Tally): void {
  tally.count += count
  tally.amount += amount
}

async function remains(
  db: Db | Tx,
  run: Pick<Run, 'id' | 'date'>,
): Promise<Pick<RunReport, 'due' | 'left' | 'waiting' | 'errors'>> {
  const { rows } = await sql<Pick<RunReport, 'due' | 'left' | 'waiting' | 'errors'>>`
    with due as (
      select s.id from subscriptions.subscription s where s.next_due <= ${run.date} and not s.latest_cycle_open),
    aside as (
      select a.subscription_id as id, a.reason from subscriptions.billing_set_aside a where a.run_id = ${run.id})
    select (select count(*) from due)::int as due,
           (select count(*) from due where id not in (select id from aside))::int as left,
           (select count(*) from due join aside using (id) where aside.reason = 'waits')::int as waiting,
           (select count(*) from aside where reason = 'error')::int as errors`.execute(db)
  return rows[0] ?? { due: 0, left: 0, waiting: 0, errors: 0 }
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
