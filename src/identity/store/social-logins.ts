import { type Db, isUniqueViolation, type Tx } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { ProviderName } from '../rules/social-person.ts'
import { identity } from './tables.ts'

/** A provider that lets somebody into their account. */
export interface LinkedLogin {
  provider: ProviderName
  linkedAt: Temporal.Instant
  lastUsedAt: Temporal.Instant
}

export interface Subject {
  provider: ProviderName
  subject: string
}

/** The account a provider's person belongs to. */
export async function accountOf(db: Db | Tx, { provider, subject }: Subject): Promise<string | undefined> {
  const row = await identity(db)
    .selectFrom('identity.social_login')
    .select('account_id')
    .where('provider', '=', provider)
    .where('subject', '=', subject)
    .executeTakeFirst()
  return row?.account_id
}

/** The same, and its use is noted; until the end of the transaction nobody takes the way in away. */
export async function useLogin(
  tx: Tx,
  { provider, subject }: Subject,
  now: Temporal.Instant,
): Promise<string | undefined> {
  const row = await identity(tx)
    .updateTable('identity.social_login')
    .set({ last_used_at: now })
    .where('provider', '=', provider)
    .where('subject', '=', subject)
    .returning('account_id')
    .executeTakeFirst()
  return row?.account_id
}

/** Makes a provider's person a way into an account. The caller holds a lock on the account's row. */
export async function addLogin(
  tx: Tx,
  accountId: string,
  { provider, subject }: Subject,
  now: Temporal.Instant,
): Promise<void> {
  await identity(tx)
    .insertInto('identity.social_login')
    .values({ provider, subject, account_id: accountId, linked_at: now, last_used_at: now })
    .execute()
}

/** What a violated rule of {@link addLogin} means; undefined for anything else. */
export function addLoginRefusal(
  error: unknown,
): Refused<'login_already_linked' | 'provider_already_linked'> | undefined {
  if (isUniqueViolation(error, 'social_login_pkey')) return refused('login_already_linked')
  if (isUniqueViolation(error, 'social_login_once')) return refused('provider_already_linked')
  return undefined
}

/** The providers that lead into an account, in the order they were linked. */
export async function loginsOf(db: Db | Tx, accountId: string): Promise<LinkedLogin[]> {
  const rows = await identity(db)
    .selectFrom('identity.social_login')
    .select(['provider', 'linked_at', 'last_used_at'])
    .where('account_id', '=', accountId)
    .orderBy('linked_at')
    .execute()
  return rows.map((row) => ({
    provider: row.provider,
    linkedAt: row.linked_at,
    lastUsedAt: row.last_used_at,
  }))
}
