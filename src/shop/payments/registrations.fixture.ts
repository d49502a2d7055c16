/** For the tests of registrations only: customers who register a payment method, in the words of the tests. */
import { sql } from 'kysely'
import { newId } from '../../platform/ids.ts'
import type { PaymentsDeps } from './deps.ts'
import { beginRegistration } from './flows/begin-registration.ts'
import { returnedFromRegistration } from './flows/registration-visit.ts'
import type { World } from './payments.fixture.ts'
import { sweepRegistrations } from './recovery/sweep-registrations.ts'
import type { Method } from './store/method-store.ts'
import { type Registration, readRegistration } from './store/registration-store.ts'

export function registrationsOf({ db, clock }: World, deps: PaymentsDeps) {
  const provider = [...deps.providers.keys()][0] ?? 'kakaopay'
  const begin = (customerId: string, idempotencyKey: string = newId(), by = provider) =>
    beginRegistration(deps, { customerId, provider: by, device: 'pc', idempotencyKey })
  const begun = async (customerId: string = newId(), by = provider): Promise<Registration> => {
    const registration = await begin(customerId, newId(), by)
    if ('kind' in registration) throw new Error(`not begun: ${registration.code}`)
    return registration
  }
  const back = (
    { id, return_key }: Registration,
    target: 'success' | 'cancel' | 'fail' = 'success',
    query: Record<string, string> = { token: 't' },
  ) => returnedFromRegistration(deps, { id, returnKey: return_key, target, query })
  const read = async (id: string): Promise<Registration> => {
    const registration = await readRegistration(db, id)
    if (!registration) throw new Error('no such registration')
    return registration
  }
  const methodsOf = async (customerId: string): Promise<Method[]> => {
    const { rows } = await sql<Method>`
      select * from payments.method where owner_id = ${customerId} order by id`.execute(db)
    return rows
  }
  const tokensOf = async (customerId: string): Promise<string[]> =>
    (await methodsOf(customerId)).map(({ id, token }) => deps.cipher.decrypt(token, id))
  const events = async (id: string) => {
    const { rows } = await sql<{ type: string; data: Record<string, unknown> }>`
      select type, data from platform.outbox where subject = ${id} order by position`.execute(db)
    return rows.map(({ type, data }) => ({ type, ...data }))
  }
  const sweep = () => sweepRegistrations(deps)
  const pass = async (duration: Temporal.DurationLike) => {
    clock.advance(duration)
    await sweep()
  }
  return { deps, begin, begun, back, read, methodsOf, tokensOf, events, sweep, pass }
}
