import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { BUSINESS_TIME_ZONE, businessDate } from '../../../platform/time/clock.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { PaymentProvider, ProviderName, SettledMovement } from '../provider.ts'
import { isReconciled } from '../store/reconciliation-store.ts'
import { compareWithBooks, type DayReconciled, keepCompared } from './compared-day.ts'

/**
 * Holds our books of one business day against the provider's list of it, and keeps what differs. Doing it again keeps
 * what is so then. The list is asked for outside of any transaction.
 * Refusals: reconciliation_too_early (a day to come), settlement_not_listed (the provider has no list for programs, or
 * did not answer).
 */
export async function reconcileDay(
  deps: PaymentsDeps,
  provider: PaymentProvider,
  day: Temporal.PlainDate,
): Promise<DayReconciled | Refused<'reconciliation_too_early' | 'settlement_not_listed'>> {
  if (Temporal.PlainDate.compare(day, deps.clock.today()) > 0) return refused('reconciliation_too_early')
  const listed = await listOf(provider, day, day)
  if ('kind' in listed) return listed
  const about = { provider: provider.name, day }
  const first = await compareWithBooks(deps, about, listed, [])
  // The days around are asked for only when something is missing: mostly it is one second past midnight there.
  const isMissing = first.differences.some(({ kind }) => kind === 'missing_there')
  const around = isMissing ? await listOf(provider, day.subtract({ days: 1 }), day.add({ days: 1 })) : []
  if ('kind' in around) return around
  const elsewhere = around.filter(({ at }) => !businessDate(at).equals(day))
  const result = isMissing ? await compareWithBooks(deps, about, listed, elsewhere) : first
  await keepCompared(deps, about, result, listed)
  const { matched, late, differences } = result
  return { kind: 'reconciled', provider: provider.name, day, matched, late, differences }
}

/** The same, for who names the provider. */
export async function reconcileDayOf(
  deps: PaymentsDeps,
  { provider: name, day }: { provider: ProviderName; day: Temporal.PlainDate },
): Promise<DayReconciled | RefusedBy<typeof reconcileDay> | Refused<'provider_not_offered'>> {
  const provider = deps.providers.get(name)
  return provider ? reconcileDay(deps, provider, day) : refused('provider_not_offered')
}

async function listOf(
  provider: PaymentProvider,
  from: Temporal.PlainDate,
  to: Temporal.PlainDate,
): Promise<SettledMovement[] | Refused<'settlement_not_listed'>> {
  const call = { deadline: Date.now() + LIST_TIMEOUT_MS, idempotencyKey: `settled-${from}-${to}` }
  const listed = await provider.listSettled({ from, to }, call)
  return listed.kind === 'listed'
    ? [...listed.movements]
    : refused('settlement_not_listed', { facts: { provider: provider.name, reason: listed.reason } })
}

const LIST_TIMEOUT_MS = 60_000

/** When the lists of a day are complete, Seoul time of the next one. */
const LISTED_AT = Temporal.PlainTime.from('06:00')
/** Days that are caught up with after a standstill. */
const DAYS_BACK = 7

const completeAt = (day: Temporal.PlainDate) =>
  day.add({ days: 1 }).toZonedDateTime({ timeZone: BUSINESS_TIME_ZONE, plainTime: LISTED_AT }).toInstant()

/**
 * Compares the days whose lists are complete and that nobody compared since they are; for a clock to call every few
 * minutes. What a person compared earlier, on the day itself, does not count.
 */
export async function reconcileDue(deps: PaymentsDeps, signal?: AbortSignal): Promise<void> {
  const now = deps.clock.now().toZonedDateTimeISO('Asia/Seoul')
  const isListed = Temporal.PlainTime.compare(now.toPlainTime(), LISTED_AT) >= 0
  const last = now.toPlainDate().subtract({ days: isListed ? 1 : 2 })
  for (const provider of deps.providers.values()) {
    if (!provider.capabilities.listsSettled) continue
    for (let back = DAYS_BACK - 1; back >= 0; back -= 1) {
      if (signal?.aborted) return
      const day = last.subtract({ days: back })
      if (await isReconciled(deps.db, provider.name, day, completeAt(day))) continue
      const result = await reconcileDay(deps, provider, day)
      if (result.kind === 'refused')
        deps.log.warn(
          { provider: provider.name, day: day.toString(), ...result.facts },
          'a day could not be reconciled',
        )
    }
  }
}
