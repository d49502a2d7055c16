import { type Selectable, sql } from 'kysely'
import type { Cipher } from '../../platform/cipher.ts'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { IssuedToken } from './provider.ts'
import type { Attempt } from './store.ts'
import { type MethodTable, payments } from './tables.ts'

export type Method = Selectable<MethodTable>

/** Keeps a token the provider issued with a payment; its text is encrypted and bound to the new row. */
export async function storeMethod(
  tx: Tx,
  cipher: Cipher,
  id: string,
  attempt: Attempt,
  issued: IssuedToken,
  now: Temporal.Instant,
): Promise<void> {
  await payments(tx)
    .insertInto('payments.method')
    .values({
      id,
      owner_id: attempt.owner_id,
      provider: attempt.provider,
      buyer_ref: attempt.buyer_ref,
      token: cipher.encrypt(issued.token, id),
      display: issued.display,
      state: 'active',
      issued_by: attempt.id,
      last_charged_at: issued.issuedAt,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

export async function readMethod(db: Db | Tx, id: string): Promise<Method | undefined> {
  return payments(db).selectFrom('payments.method').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What a customer may know of a stored method: never the token. */
export interface PaymentMethod {
  id: string
  provider: string
  display: string
  state: 'active' | 'revoked' | 'dead'
  createdAt: Temporal.Instant
}

/** The customer's stored methods, newest first. */
export async function paymentMethodsOf(db: Db | Tx, ownerId: string): Promise<PaymentMethod[]> {
  const rows = await payments(db)
    .selectFrom('payments.method')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
  return rows.map((row) => ({
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
