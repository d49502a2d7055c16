import { sql } from 'kysely'
import { paymentsDiffer } from '../../../contracts/payment-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import type { OutsideRefund } from '../rules/hint.ts'
import { type Attempt, publishPaymentEvent } from './attempt-store.ts'
import { keepFindings, lockDay } from './reconciliation-store.ts'

/** The day under which a refund is known already, rather one on which it still stands open. */
async function dayOf(
  tx: Tx,
  provider: Attempt['provider'],
  key: string,
): Promise<Temporal.PlainDate | undefined> {
  const { rows } = await sql<{ day: string }>`
    select day::text from payments.reconciliation_finding
    where provider = ${provider} and movement = 'refund' and key = ${key}
    order by gone_at is not null, first_seen_at limit 1`.execute(tx)
  return rows[0] && Temporal.PlainDate.from(rows[0].day)
}

/**
 * Keeps a refund that was not made by us as the difference that reconciling its day would find, and tells of it once.
 * The comparison of the day finds the same one again, and nothing twice. One of which the provider does not say when it
 * was made counts for the day on which we hear of it first.
 * @returns whether it is news
 */
export async function keepOutsideRefund(
  tx: Tx,
  attempt: Pick<Attempt, 'id' | 'provider' | 'provider_ref'>,
  { id: key, amount, at }: OutsideRefund,
  now: Temporal.Instant,
): Promise<boolean> {
  const { provider } = attempt
  const day = at ? businessDate(at) : ((await dayOf(tx, provider, key)) ?? businessDate(now))
  await lockDay(tx, { provider, day })
  await sql`
    insert into payments.reconciliation (id, provider, day, matched, late, listed_total)
    values (${newId()}, ${provider}, ${day.toString()}::date, 0, 0, 0)
    on conflict on constraint reconciliation_once do nothing`.execute(tx)
  const difference = {
    kind: 'missing_here' as const,
    movement: 'refund' as const,
    key,
    providerRef: attempt.provider_ref,
    merchantRef: attempt.id,
    attemptId: attempt.id,
    here: null,
    there: amount,
  }
  if ((await keepFindings(tx, { provider, day }, [difference], now)) === 0) return false
  const { rows } = await sql<{ id: string; version: number }>`
    update payments.reconciliation set version = version + 1
    where provider = ${provider} and day = ${day.toString()}::date returning id, version`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('the day of a refund was neither written nor there')
  const data = { provider, day: day.toString(), missingHere: 1, missingThere: 0, otherAmount: 0 }
  await publishPaymentEvent(tx, now, paymentsDiffer.of(row.id, row.version, data))
  return true
}
