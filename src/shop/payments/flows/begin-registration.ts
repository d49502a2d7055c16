import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import type { BeginCheckout, ProviderName } from '../provider.ts'
import { AGREED_STATES, WAITING_STATES } from '../rules/registration.ts'
import { moveRegistration, OVER, type Registration, readRegistration } from '../store/registration-store.ts'
import { payments } from '../store/tables.ts'
import { openPage } from './provider-page.ts'
import { registrationVisit } from './registration-visit.ts'

export interface BeginRegistration {
  customerId: string
  provider: ProviderName
  device: BeginCheckout['device']
  idempotencyKey: string
}

/** Methods that were registered and can be charged, with those on their way. What a payment left behind does not count. */
export const METHODS_PER_CUSTOMER = 10
/** Registrations begun within 24 hours, whatever came of them. */
export const REGISTRATIONS_PER_DAY = 30
const DAY = { hours: 24 } as const

/**
 * Begins to register a payment method without paying: asks the provider for its page, answers where to send the
 * browser. A repeat with the same key gets the same answer. A new key gets a new page and ends the one before, which the
 * customer may have left in a way nobody told us of; with no money in it, that does no harm.
 * Refusals: provider_not_offered (also: not without a payment), registration_in_progress, too_many_payment_methods,
 * too_many_registrations, provider_unavailable, registration_not_started, and those of idempotency.
 */
export async function beginRegistration(
  deps: PaymentsDeps,
  input: BeginRegistration,
): Promise<
  | Registration
  | RefusedBy<typeof prepare>
  | Refused<
      | 'provider_not_offered'
      | 'provider_unavailable'
      | 'payment_not_started'
      | 'registration_not_started'
      | KeyRefusal
    >
> {
  const provider = deps.providers.get(input.provider)
  if (!provider || provider.capabilities.issuesTokens === 'no') return refused('provider_not_offered')
  const { customerId, idempotencyKey, device } = input
  const body = { provider: input.provider, device }
  const request = { scope: `payment-methods:${customerId}`, key: idempotencyKey, body }
  const prepared = await once(deps.db, request, deps.clock.now(), (tx) => prepare(deps, tx, input))
  if (prepared.kind === 'refused') return prepared
  const registration = await readRegistration(deps.db, prepared.body.id)
  if (!registration) throw new Error('the registration just made is gone')
  return openPage(deps, registrationVisit(deps), registration, device)
}

async function prepare(deps: PaymentsDeps, tx: Tx, { customerId, provider }: BeginRegistration) {
  // One at a time for each customer: what is counted here is still true when the row is written.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`payments.registration:${customerId}`}, 0))`.execute(
    tx,
  )
  const now = deps.clock.now()
  const waiting = await waitingOf(tx, customerId)
  if (waiting) {
    if (waiting.state === 'created') return refused('registration_in_progress', { retryAfterSeconds: 3 })
    await moveRegistration(tx, waiting, 'cancelled', now, { ...OVER, end_code: 'replaced' })
  }
  const tooMany = await limitReached(tx, customerId, now)
  if (tooMany) return tooMany
  const id = newId()
  await payments(tx)
    .insertInto('payments.registration')
    .values({
      id,
      owner_id: customerId,
      provider,
      state: 'created',
      buyer_ref: randomUUID(),
      return_key: randomBytes(16).toString('base64url'),
      lease_until: leaseUntil(now, providerOf(deps, provider).capabilities.callTimeoutMs),
      created_at: now,
      updated_at: now,
    })
    .execute()
  return { kind: 'answered' as const, status: 201, body: { id } }
}

function waitingOf(tx: Tx, customerId: string): Promise<Registration | undefined> {
  return payments(tx)
    .selectFrom('payments.registration')
    .selectAll()
    .where('owner_id', '=', customerId)
    .where('state', 'in', [...WAITING_STATES])
    .forNoKeyUpdate()
    .executeTakeFirst()
}

async function limitReached(
  tx: Tx,
  customerId: string,
  now: Temporal.Instant,
): Promise<Refused<'too_many_payment_methods' | 'too_many_registrations'> | undefined> {
  const since = now.subtract(DAY)
  const { rows } = await sql<{ methods: number; oldest: Temporal.Instant | null; begun: number }>`
    select
      (select count(*) from payments.method
          where owner_id = ${customerId} and state = 'active' and registered_by is not null)
        + count(*) filter (where state in (${sql.join([...AGREED_STATES])})) as methods,
      count(*) filter (where created_at > ${since}) as begun,
      min(created_at) filter (where created_at > ${since}) as oldest
    from payments.registration where owner_id = ${customerId}`.execute(tx)
  const [{ methods, begun, oldest } = { methods: 0, begun: 0, oldest: null }] = rows
  if (methods >= METHODS_PER_CUSTOMER)
    return refused('too_many_payment_methods', { facts: { limit: METHODS_PER_CUSTOMER } })
  if (begun < REGISTRATIONS_PER_DAY || oldest === null) return undefined
  const retryAfterSeconds = Math.max(1, Math.ceil(oldest.add(DAY).since(now).total('seconds')))
  return refused('too_many_registrations', { retryAfterSeconds, facts: { limit: REGISTRATIONS_PER_DAY } })
}
