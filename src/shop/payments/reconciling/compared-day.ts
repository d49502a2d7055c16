import { paymentsDiffer } from '../../../contracts/payment-events.ts'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { ProviderName, SettledMovement } from '../provider.ts'
import { compareDay, type DayCompared, type Difference } from '../rules/reconcile.ts'
import { bookedFor, keepDay, lockDay } from '../store/reconciliation-store.ts'
import { forgetInVain } from './not-compared.ts'

export interface DayReconciled {
  kind: 'reconciled'
  provider: ProviderName
  day: Temporal.PlainDate
  matched: number
  late: number
  differences: readonly Difference[]
}

interface DayOf {
  provider: ProviderName
  day: Temporal.PlainDate
}

/** Holds our books of a day against its list, with what is known of the lists of the days around. Keeps nothing. */
export async function compareWithBooks(
  { db }: Pick<PaymentsDeps, 'db'>,
  { provider, day }: DayOf,
  listed: readonly SettledMovement[],
  around: readonly SettledMovement[],
): Promise<DayCompared> {
  const { booked, attemptOf } = await bookedFor(db, provider, day, listed)
  return compareDay({ day, booked, listed, around, attemptOf })
}

/** Charges less refunds, in won. */
export function totalOf(listed: readonly SettledMovement[]): number {
  return listed.reduce((sum, { movement, amount }) => sum + (movement === 'charge' ? amount : -amount), 0)
}

/**
 * Keeps what a comparison found, and tells of it when it is news.
 * @param by who brought the list as a table
 */
export async function keepCompared(
  deps: PaymentsDeps,
  { provider, day }: DayOf,
  result: DayCompared,
  listed: readonly SettledMovement[],
  by?: { actorId: string },
): Promise<void> {
  const now = deps.clock.now()
  const { matched, late, differences } = result
  await transact(deps.db, async (tx) => {
    await lockDay(tx, { provider, day })
    const kept = await keepDay(tx, { provider, day }, result, totalOf(listed), now)
    await forgetInVain(tx, { provider, day })
    if (by)
      await writeAudit(tx, now, {
        actorId: by.actorId,
        action: 'reconciliation.by_table',
        subject: { type: 'reconciliation', id: kept.id },
        after: { provider, day: day.toString(), matched, late, differences: differences.length },
      })
    if (kept.news === 0) return
    const count = (kind: Difference['kind']) => differences.filter((one) => one.kind === kind).length
    const event = paymentsDiffer.of(kept.id, kept.version, {
      provider,
      day: day.toString(),
      missingHere: count('missing_here'),
      missingThere: count('missing_there'),
      otherAmount: count('other_amount'),
    })
    await appendEvents(tx, 'shop/payments', now, [event])
    deps.log.error(
      { provider, day: day.toString(), differences: differences.length },
      'our books differ from the provider’s',
    )
  })
}
