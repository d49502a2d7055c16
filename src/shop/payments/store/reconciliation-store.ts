import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { isUuid, newId } from '../../../platform/ids.ts'
import type { Won } from '../../../platform/money.ts'
import { BUSINESS_TIME_ZONE, businessDate } from '../../../platform/time/clock.ts'
import type { ProviderName, SettledMovement } from '../provider.ts'
import { type BookedMovement, type DayCompared, type Difference, keyOf } from '../rules/reconcile.ts'

/** What our books have of a day, and of whatever a list names; and our payments that the list speaks of. */
export async function bookedFor(
  db: Db | Tx,
  provider: ProviderName,
  day: Temporal.PlainDate,
  listed: readonly SettledMovement[],
): Promise<{ booked: BookedMovement[]; attemptOf(movement: SettledMovement): string | undefined }> {
  const [from, to] = [startOf(day), startOf(day.add({ days: 1 }))]
  const refs = listed.map(({ ref }) => ref)
  const ours = listed.flatMap(({ merchantRef }) =>
    merchantRef !== null && isUuid(merchantRef) ? merchantRef : [],
  )
  const keys = listed.filter(({ movement }) => movement === 'refund').map(keyOf)
  const [attempts, refunds] = await Promise.all([
    sql<{
      id: string
      provider_ref: string | null
      total: Won
      paid_at: Temporal.Instant | null
      counts: boolean
    }>`
      select id, provider_ref, total, paid_at, state in ('succeeded', 'succeeded_late') as counts
      from payments.attempt
      where provider = ${provider} and (
        (paid_at >= ${from} and paid_at < ${to}) or provider_ref = any(${refs}::text[]) or id = any(${ours}::uuid[]))`.execute(
      db,
    ),
    sql<{ attempt_id: string; provider_refund_id: string; amount: Won; finished_at: Temporal.Instant }>`
      select r.attempt_id, r.provider_refund_id, r.amount, r.finished_at
      from payments.refund r join payments.attempt a on a.id = r.attempt_id
      where a.provider = ${provider} and r.state = 'succeeded' and (
        (r.finished_at >= ${from} and r.finished_at < ${to}) or r.provider_refund_id = any(${keys}::text[]))`.execute(
      db,
    ),
  ])
  const booked: BookedMovement[] = [
    ...attempts.rows.flatMap(({ id, provider_ref, total, paid_at, counts }) =>
      counts && paid_at !== null
        ? [
            {
              movement: 'charge' as const,
              attemptId: id,
              key: provider_ref,
              amount: total,
              day: businessDate(paid_at),
            },
          ]
        : [],
    ),
    ...refunds.rows.map(({ attempt_id, provider_refund_id, amount, finished_at }) => ({
      movement: 'refund' as const,
      attemptId: attempt_id,
      key: provider_refund_id,
      amount,
      day: businessDate(finished_at),
    })),
  ]
  const byRef = new Map(attempts.rows.map(({ id, provider_ref }) => [provider_ref, id]))
  const known = new Set(attempts.rows.map(({ id }) => id))
  return {
    booked,
    attemptOf: ({ ref, merchantRef }) =>
      byRef.get(ref) ?? (merchantRef !== null && known.has(merchantRef) ? merchantRef : undefined),
  }
}

const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()

/** One writer for a day at a time, until the transaction ends. */
export async function lockDay(
  tx: Tx,
  { provider, day }: { provider: ProviderName; day: Temporal.PlainDate },
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`payments.reconcile:${provider}:${day}`}, 0))`.execute(
    tx,
  )
}

/** A compared day as it is kept. */
export interface Reconciliation {
  id: string
  provider: ProviderName
  day: string
  version: number
  matched: number
  late: number
  listedTotal: number
  reconciledAt: Temporal.Instant
  open: number
}

/**
 * Keeps what a comparison found, one writer for a day at a time: differences that are there no more are marked so, those
 * that are there again are open again, and what a person decided stays decided.
 * @returns how many differences are new, or there again
 */
export async function keepDay(
  tx: Tx,
  { provider, day }: { provider: ProviderName; day: Temporal.PlainDate },
  { matched, late, differences }: DayCompared,
  listedTotal: number,
  now: Temporal.Instant,
): Promise<{ id: string; version: number; news: number }> {
  const { rows } = await sql<{ id: string; version: number }>`
    insert into payments.reconciliation (id, provider, day, matched, late, listed_total, reconciled_at)
    values (${newId()}, ${provider}, ${day.toString()}::date, ${matched}, ${late}, ${listedTotal}, ${now})
    on conflict on constraint reconciliation_once do update set
      version = reconciliation.version + 1, matched = excluded.matched, late = excluded.late,
      listed_total = excluded.listed_total, reconciled_at = excluded.reconciled_at
    returning id, version`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('a reconciliation was neither written nor changed')
  await sql`
    update payments.reconciliation_finding set gone_at = ${now}
    where provider = ${provider} and day = ${day.toString()}::date and gone_at is null
      and (movement || ' ' || key) <> all(${differences.map(({ movement, key }) => `${movement} ${key}`)}::text[])`.execute(
    tx,
  )
  return { ...row, news: await keepFindings(tx, { provider, day }, differences, now) }
}

/**
 * Keeps differences, all in one statement. Of two with one key, which a list may name twice, the last is kept.
 * @returns how many are new, changed, or there again
 */
export async function keepFindings(
  tx: Tx,
  { provider, day }: { provider: ProviderName; day: Temporal.PlainDate },
  differences: readonly Difference[],
  now: Temporal.Instant,
): Promise<number> {
  const each = new Map(differences.map((one) => [`${one.movement} ${one.key}`, one]))
  if (each.size === 0) return 0
  const column = <T>(of: (one: Difference) => T) => [...each.values()].map(of)
  const { numAffectedRows } = await sql`
    insert into payments.reconciliation_finding (id, provider, day, kind, movement, key, provider_ref, merchant_ref,
      attempt_id, here, there, first_seen_at)
    select f.id, ${provider}, ${day.toString()}::date, f.kind, f.movement, f.key, f.provider_ref, f.merchant_ref,
      f.attempt_id, f.here, f.there, ${now}
    from unnest(
      ${column(() => newId())}::uuid[], ${column(({ kind }) => kind)}::text[],
      ${column(({ movement }) => movement)}::text[], ${column(({ key }) => key)}::text[],
      ${column(({ providerRef }) => providerRef)}::text[], ${column(({ merchantRef }) => merchantRef)}::text[],
      ${column(({ attemptId }) => attemptId)}::uuid[], ${column(({ here }) => here)}::bigint[],
      ${column(({ there }) => there)}::bigint[])
      as f (id, kind, movement, key, provider_ref, merchant_ref, attempt_id, here, there)
    on conflict on constraint finding_once do update set
      kind = excluded.kind, here = excluded.here, there = excluded.there, gone_at = null
    where reconciliation_finding.gone_at is not null
      or (reconciliation_finding.kind, reconciliation_finding.here, reconciliation_finding.there)
        is distinct from (excluded.kind, excluded.here, excluded.there)`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

/** A difference, with what a person made of it. */
export interface Finding {
  id: string
  provider: ProviderName
  day: string
  kind: Difference['kind']
  movement: Difference['movement']
  key: string
  provider_ref: string | null
  merchant_ref: string | null
  attempt_id: string | null
  here: number | null
  there: number | null
  first_seen_at: Temporal.Instant
  gone_at: Temporal.Instant | null
  decision: Decision | null
  reason: string | null
  decided_at: Temporal.Instant | null
}

export const DECISIONS = ['explained', 'corrected', 'claimed'] as const
export type Decision = (typeof DECISIONS)[number]

const OPEN = sql`f.gone_at is null and d.finding_id is null`

/** Differences, the latest day first. */
export async function findFindings(
  db: Db | Tx,
  { open, day, limit }: { open: boolean; day?: Temporal.PlainDate | undefined; limit: number },
): Promise<Finding[]> {
  const { rows } = await sql<Finding>`
    select f.id, f.provider, to_char(f.day, 'YYYY-MM-DD') as day, f.kind, f.movement, f.key, f.provider_ref, f.merchant_ref,
      f.attempt_id, f.here, f.there, f.first_seen_at, f.gone_at, d.decision, d.reason, d.decided_at
    from payments.reconciliation_finding f left join payments.reconciliation_decision d on d.finding_id = f.id
    where ${open ? OPEN : sql`true`} and (${day?.toString() ?? null}::date is null or f.day = ${day?.toString() ?? null}::date)
    order by f.day desc, f.first_seen_at, f.id limit ${limit}`.execute(db)
  return rows
}

/** Days that were compared, the latest first. */
export async function findReconciliations(db: Db | Tx, limit: number): Promise<Reconciliation[]> {
  const { rows } = await sql<{
    id: string
    provider: ProviderName
    day: string
    version: number
    matched: number
    late: number
    listed_total: number
    reconciled_at: Temporal.Instant
    open: number
  }>`
    select r.id, r.provider, to_char(r.day, 'YYYY-MM-DD') as day, r.version, r.matched, r.late, r.listed_total,
      r.reconciled_at, (
        select count(*) from payments.reconciliation_finding f
        left join payments.reconciliation_decision d on d.finding_id = f.id
        where f.provider = r.provider and f.day = r.day and ${OPEN})::int as open
    from payments.reconciliation r where r.reconciled_at is not null order by r.day desc, r.provider limit ${limit}`.execute(
    db,
  )
  return rows.map(({ listed_total: listedTotal, reconciled_at: reconciledAt, ...row }) => ({
    ...row,
    listedTotal,
    reconciledAt,
  }))
}

/** Differences nobody has decided yet. */
export async function countOpenFindings(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from payments.reconciliation_finding f
    left join payments.reconciliation_decision d on d.finding_id = f.id where ${OPEN}`.execute(db)
  return rows[0]?.count ?? 0
}

/** Whether a day was compared when its list was complete, which it is from `completeAt` on. */
export async function isReconciled(
  db: Db,
  provider: ProviderName,
  day: Temporal.PlainDate,
  completeAt: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from payments.reconciliation
    where provider = ${provider} and day = ${day.toString()}::date and reconciled_at >= ${completeAt}`.execute(
    db,
  )
  return rows.length > 0
}

/** Writes a decision. False when somebody decided before, or the difference is gone. */
export async function insertDecision(
  tx: Tx,
  {
    findingId,
    decision,
    reason,
    operatorId,
  }: { findingId: string; decision: Decision; reason: string; operatorId: string },
  now: Temporal.Instant,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into payments.reconciliation_decision (finding_id, decision, reason, decided_by, decided_at)
    select id, ${decision}, ${reason}, ${operatorId}, ${now} from payments.reconciliation_finding
    where id = ${findingId} and gone_at is null
    on conflict do nothing`.execute(tx)
  return Number(numAffectedRows ?? 0n) > 0
}
