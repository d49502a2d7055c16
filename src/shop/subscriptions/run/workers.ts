import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { type Counts, noCounts } from './counts.ts'
import type { RunState } from './run.ts'

/** How a worker names its process. */
export function thisProcess(): string {
  return `${hostname()}:${process.pid}`
}

/** The workers of a run. Their leases are on the clock of the database. */
export async function joinRun(
  db: Db,
  member: { workerId: string; runId: string; process: string; leaseMs: number; now: Temporal.Instant },
): Promise<void> {
  await sql`
    insert into subscriptions.billing_worker (id, run_id, process, joined_at, lease_until)
    values (${member.workerId}, ${member.runId}, ${member.process}, ${member.now},
            clock_timestamp() + ${member.leaseMs} * interval '1 millisecond')
    on conflict (id) do update set left_at = null, lease_until = excluded.lease_until`.execute(db)
}

/** Says that the worker lives and what it has done. @returns the state of the run */
export async function renewWorker(
  db: Db,
  { workerId, leaseMs, counts }: { workerId: string; leaseMs: number; counts: Counts },
): Promise<RunState | undefined> {
  const { rows } = await sql<{ state: RunState }>`
    update subscriptions.billing_worker w
    set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond', counts = ${JSON.stringify(counts)}::jsonb
    from subscriptions.billing_run r where w.id = ${workerId} and r.id = w.run_id returning r.state`.execute(
    db,
  )
  return rows[0]?.state
}

/** The worker ends. */
export async function endWorker(
  db: Db | Tx,
  { workerId, counts, now }: { workerId: string; counts: Counts; now: Temporal.Instant },
): Promise<void> {
  await sql`
    update subscriptions.billing_worker set left_at = ${now}, counts = ${JSON.stringify(counts)}::jsonb
    where id = ${workerId} and left_at is null`.execute(db)
}

/** How many workers of a run live, apart from one. */
export async function countOtherWorkers(
  db: Db | Tx,
  runId: string,
  workerId: string | null,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from subscriptions.billing_worker
    where run_id = ${runId} and left_at is null and lease_until > clock_timestamp()
      and id is distinct from ${workerId}::uuid`.execute(db)
  return rows[0]?.count ?? 0
}

/** A server that has stopped working on a run, because a provider was away or it ends itself, leaves it to the others. */
const LEFT_TO_OTHERS = sql`interval '10 minutes'`

/**
 * Runs a process should work on: those nobody works on although they run (their workers died, or one was started for
 * whoever comes), and the scheduled one, on which every server works. A run that somebody began by hand with limits of
 * their own stays theirs.
 */
export async function runsToJoin(db: Db, process: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select r.id from subscriptions.billing_run r where r.state = 'running' and (
      not exists (
        select from subscriptions.billing_worker w
        where w.run_id = r.id and w.left_at is null and w.lease_until > clock_timestamp())
      or r.kind = 'scheduled' and not exists (
        select from subscriptions.billing_worker w
        where w.run_id = r.id and w.process = ${process} and w.lease_until > clock_timestamp() - ${LEFT_TO_OTHERS}))
    order by r.business_date`.execute(db)
  return rows.map(({ id }) => id)
}

/** What all workers of a run have done since it was last begun, and how many live. */
export async function workOf(db: Db, runId: string): Promise<{ workers: number; counts: Counts }> {
  const { rows } = await sql<{ counts: Partial<Counts>; lives: boolean }>`
    select counts, left_at is null and lease_until > clock_timestamp() as lives
    from subscriptions.billing_worker where run_id = ${runId}`.execute(db)
  const counts = noCounts()
  for (const row of rows) {
    for (const [name, value] of Object.entries(row.counts)) {
      if (isCounted(counts, name)) counts[name] += value
    }
  }
  return { workers: rows.filter(({ lives }) => lives).length, counts }
}

function isCounted(counts: Counts, name: string): name is keyof Counts {
  return name in counts
}
