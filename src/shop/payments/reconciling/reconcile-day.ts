import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { PaymentProvider, ProviderName, SettledMovement } from '../provider.ts'
import { lastDayListed, listCompleteAt } from '../rules/settlement-day.ts'
import { isReconciled } from '../store/reconciliation-store.ts'
import { compareWithBooks, type DayReconciled, keepCompared } from './compared-day.ts'
import { listsNotHad } from './missing-tables.ts'
import { keepInVain } from './not-compared.ts'

/**
 * Holds our books of one business day against the provider's list of it, and keeps what differs. Doing it again keeps
 * what is so then. The list is asked for outside of any transaction; that it was not to be had is kept, too.
 * Refusals: reconciliation_too_early (a day to come), settlement_not_listed (the provider has no list for programs, or
 * did not answer).
 */
export async function reconcileDay(
  deps: PaymentsDeps,
  provider: PaymentProvider,
  day: Temporal.PlainDate,
): Promise<DayReconciled | Refused<'reconciliation_too_early' | 'settlement_not_listed'>> {
  if (Temporal.PlainDate.compare(day, deps.clock.today()) > 0) return refused('reconciliation_too_early')
  const listed = await listOf(deps, provider, { of: day, from: day, to: day })
  if ('kind' in listed) return listed
  const about = { provider: provider.name, day }
  const first = await compareWithBooks(deps, about, listed, [])
  // The days around are asked for only when something is missing: mostly it is one second past midnight there.
  const isMissing = first.differences.some(({ kind }) => kind === 'missing_there')
  const around = isMissing
    ? await listOf(deps, provider, { of: day, from: day.subtract({ days: 1 }), to: day.add({ days: 1 }) })
    : []
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
  deps: PaymentsDeps,
  provider: PaymentProvider,
  { of: day, from, to }: Record<'of' | 'from' | 'to', Temporal.PlainDate>,
): Promise<SettledMovement[] | Refused<'settlement_not_listed'>> {
  const call = { deadline: Date.now() + LIST_TIMEOUT_MS, idempotencyKey: `settled-${from}-${to}` }
  const listed = await provider.listSettled({ from, to }, call)
  if (listed.kind === 'listed') return [...listed.movements]
  const { why, reason } = listed
  if (why !== 'no_list')
    await keepInVain(deps.db, { provider: provider.name, day }, { why, detail: reason }, deps.clock.now())
  return refused('settlement_not_listed', { facts: { provider: provider.name, reason } })
}

const LIST_TIMEOUT_MS = 60_000

/** Days that are caught up with after a standstill, whether our books have something of them or not. */
const DAYS_BACK = 7
/** Of earlier ones, whose list was not to be had, each is asked for again after this long. */
const ASK_AGAIN_AFTER = { hours: 1 }

/**
 * Compares the days whose lists are complete and that nobody compared since they are; for a clock to call every few
 * minutes. What a person compared earlier, on the day itself, does not count.
 */
export async function reconcileDue(deps: PaymentsDeps, signal?: AbortSignal): Promise<void> {
  const last = lastDayListed(deps.clock.now())
  const first = last.subtract({ days: DAYS_BACK - 1 })
  const earlier = await earlierDue(deps, first)
  const lately = Array.from({ length: DAYS_BACK }, (_, at) => first.add({ days: at }))
  for (const provider of deps.providers.values()) {
    if (!provider.capabilities.listsSettled) continue
    for (const day of [...(earlier.get(provider.name) ?? []), ...lately]) {
      if (signal?.aborted) return
      if (await isReconciled(deps.db, provider.name, day, listCompleteAt(day))) continue
      const result = await reconcileDay(deps, provider, day)
      if (result.kind === 'refused')
        deps.log.warn(
          { provider: provider.name, day: day.toString(), ...result.facts },
          'a day could not be reconciled',
        )
    }
  }
}

/** Days from before `first` that are not compared and were not asked for lately, of each provider. */
async function earlierDue(
  deps: PaymentsDeps,
  first: Temporal.PlainDate,
): Promise<Map<ProviderName, Temporal.PlainDate[]>> {
  const lately = deps.clock.now().subtract(ASK_AGAIN_AFTER)
  const due = (await listsNotHad(deps))
    .filter(({ inVain }) => inVain === null || Temporal.Instant.compare(inVain.lastAt, lately) <= 0)
    .map(({ provider, day }) => ({ provider, day: Temporal.PlainDate.from(day) }))
    .filter(({ day }) => Temporal.PlainDate.compare(day, first) < 0)
  const byProvider = Map.groupBy(due, ({ provider }) => provider)
  return new Map([...byProvider].map(([name, days]) => [name, days.map(({ day }) => day)]))
}
