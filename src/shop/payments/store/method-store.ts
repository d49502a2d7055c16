import { type Selectable, sql } from 'kysely'
import type { Cipher } from '../../../platform/cipher.ts'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { literals } from '../../../platform/database/literals.ts'
import type { IssuedToken, ProviderName } from '../provider.ts'
import type { Attempt } from './attempt-store.ts'
import type { Registration } from './registration-store.ts'
import { type MethodTable, payments } from './tables.ts'

export type Method = Selectable<MethodTable>

/** Keeps a token the provider issued with a payment. */
export function storeMethod(
  tx: Tx,
  cipher: Cipher,
  id: string,
  attempt: Attempt,
  issued: IssuedToken,
  now: Temporal.Instant,
): Promise<void> {
  const origin = { ...attempt, id, issued_by: attempt.id, registered_by: null, state: 'active' as const }
  return insertMethod(tx, cipher, origin, issued, now)
}

/**
 * Keeps a token the provider issued without a payment. The method has the id of its registration. Later evidence of
 * charges must be newer than the issue, which some providers report like a charge.
 * @param state 'revoking' for a token that came when its registration had ended without one: it is kept only to tell
 *   the provider that it must not be charged, and its customer never sees it
 */
export function storeRegisteredMethod(
  tx: Tx,
  cipher: Cipher,
  registration: Registration,
  issued: IssuedToken,
  now: Temporal.Instant,
  state: 'active' | 'revoking' = 'active',
): Promise<void> {
  const origin = { ...registration, issued_by: null, registered_by: registration.id, state }
  return insertMethod(tx, cipher, origin, issued, now)
}

/** The token's text is encrypted and bound to the new row. */
async function insertMethod(
  tx: Tx,
  cipher: Cipher,
  origin: Pick<
    Method,
    'id' | 'owner_id' | 'provider' | 'buyer_ref' | 'state' | 'issued_by' | 'registered_by'
  >,
  issued: IssuedToken,
  now: Temporal.Instant,
): Promise<void> {
  const { id, owner_id, provider, buyer_ref, state, issued_by, registered_by } = origin
  await payments(tx)
    .insertInto('payments.method')
    .values({
      id,
      owner_id,
      provider,
      buyer_ref,
      token: cipher.encrypt(issued.token, id),
      display: issued.display,
      state,
      issued_by,
      registered_by,
      last_charged_at: issued.issuedAt,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

/** The payment method, not locked; also one that has ended. */
export async function readMethod(db: Db | Tx, id: string): Promise<Method | undefined> {
  return payments(db).selectFrom('payments.method').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Who charges a stored method; undefined when there is none with this id. */
export async function providerOfMethod(db: Db | Tx, id: string): Promise<ProviderName | undefined> {
  return (await readMethod(db, id))?.provider
}

/** Whose a method is that can be charged, and whether the outcome of a charge by it is unknown. */
export interface ChargeableMethod {
  ownerId: string
  isBehindUnknown: boolean
}

/** Those of the methods that can be charged, by id. Nothing is locked: preparing a charge decides. */
export async function chargeableMethods(
  db: Db | Tx,
  ids: readonly string[],
): Promise<Map<string, ChargeableMethod>> {
  if (ids.length === 0) return new Map()
  const rows = await payments(db)
    .selectFrom('payments.method as m')
    .select(({ exists, selectFrom }) => [
      'm.id',
      'm.owner_id',
      exists(
        selectFrom('payments.attempt as a')
          .select('a.id')
          .whereRef('a.method_id', '=', 'm.id')
          .where('a.state', 'in', literals(['created', 'sent', 'unknown']))
          .where('a.state', '=', 'unknown'),
      ).as('behind_unknown'),
    ])
    .where('m.id', 'in', [...new Set(ids)])
    .where('m.state', '=', 'active')
    .execute()
  return new Map(
    rows.map((row) => [row.id, { ownerId: row.owner_id, isBehindUnknown: row.behind_unknown === true }]),
  )
}

/** What a customer may know of a stored method: never the token. */
export interface PaymentMethod {
  id: string
  provider: string
  display: string
  state: 'active' | 'revoked' | 'dead'
  createdAt: Temporal.Instant
}

/**
 * The customer's stored methods, newest first: all that can be charged, and the latest of those that cannot. Not what
 * came of a registration only after its customer had been told that it came to nothing.
 */
export async function paymentMethodsOf(db: Db | Tx, ownerId: string): Promise<PaymentMethod[]> {
  const rows = await payments(db)
    .selectFrom('payments.method')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('payments.registration as r')
            .select('r.id')
            .whereRef('r.id', '=', 'payments.method.registered_by')
            .where('r.state', '<>', 'succeeded'),
        ),
      ),
    )
    .orderBy((eb) => eb('state', '=', 'active'), 'desc')
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
  const newestFirst = rows.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  return newestFirst.map((row) => ({
    id: row.id,
    provider: row.provider,
    display: row.display,
    state: row.state === 'revoking' ? 'revoked' : row.state,
    createdAt: row.created_at,
  }))
}

/** The provider says the token is not good for anything any more. */
export async function markDead(tx: Tx, methodId: string, now: Temporal.Instant): Promise<void> {
  await payments(tx)
    .updateTable('payments.method')
    .set({ state: 'dead', updated_at: now })
    .where('id', '=', methodId)
    .where('state', '=', 'active')
    .execute()
}

/**
 * Remembers the provider's time of a charge, which never goes back, and by our own clock when we knew of it. All later
 * charges are told apart from it by the provider's time, and kept apart from it by ours.
 */
export async function noteCharged(
  tx: Tx,
  methodId: string,
  at: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  await payments(tx)
    .updateTable('payments.method')
    .set({ last_charged_at: sql`greatest(last_charged_at, ${at})`, updated_at: now })
    .where('id', '=', methodId)
    .execute()
}
