import type { PaymentsDeps } from '../deps.ts'
import { lastDayDue, lastDayOverdue } from '../rules/settlement-day.ts'
import { daysNotCompared, type NotCompared } from './not-compared.ts'

type Deps = Pick<PaymentsDeps, 'db' | 'clock' | 'providers' | 'settings'>

const namesOf = ({ providers }: Deps, listsSettled: boolean) =>
  [...providers.values()]
    .filter(({ capabilities }) => capabilities.listsSettled === listsSettled)
    .map(({ name }) => name)

/**
 * What people still have to bring: tables of providers that give programs no list, of the days since anybody was asked for
 * them. One that was brought on the day itself does not count, for that day was not over.
 */
export async function missingTables(deps: Deps): Promise<Pick<NotCompared, 'provider' | 'day'>[]> {
  const last = lastDayDue(deps.clock.now(), deps.settings.settlementTableHour)
  const days = await daysNotCompared(deps.db, {
    providers: namesOf(deps, false),
    last,
    completeAfterHours: 0,
    listsForPrograms: false,
  })
  return days.map(({ provider, day }) => ({ provider, day }))
}

/**
 * Days that a program should have compared by now and could not, with what kept it from that: the provider is away, refuses
 * the key, or answers with something else. It is read from the books, so that a list nobody asked for is told of, too.
 */
export async function listsNotHad(deps: Deps): Promise<NotCompared[]> {
  const last = lastDayOverdue(deps.clock.now())
  return daysNotCompared(deps.db, {
    providers: namesOf(deps, true),
    last,
    completeAfterHours: 6,
    listsForPrograms: true,
  })
}
