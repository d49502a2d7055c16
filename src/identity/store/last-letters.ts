import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import { readProfile } from './profile.ts'
import { identity } from './tables.ts'

/**
 * Withdrawing an account ends subscriptions and sends money back, a little later and in other contexts, and its owner is
 * to hear of it. Their address is kept for that so long, and for nothing else: it is free for a new account at once.
 */
export const LAST_LETTERS_HOURS = 72

/** Where letters to somebody go. */
export interface Correspondent {
  email: string
  displayName: string
  /** Whether it is known that they read the mail of the address. */
  emailVerified: boolean
}

/** Keeps the address of an account that is live and locked by the caller, for its last letters. */
export async function keepForLastLetters(tx: Tx, accountId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into identity.last_letters (account_id, email, display_name, until, verified)
    select id, email, display_name, ${now.add({ hours: LAST_LETTERS_HOURS })}, email_verified_at is not null from identity.account
    where id = ${accountId} and status = 'active'
    on conflict do nothing`.execute(tx)
}

/** Where letters to an account go; for a while also when it has been withdrawn. Undefined after that. */
export async function correspondentOf(
  db: Db,
  accountId: string,
  now: Temporal.Instant,
): Promise<Correspondent | undefined> {
  const live = await readProfile(db, accountId)
  if (live) return { email: live.email, displayName: live.displayName, emailVerified: live.emailVerified }
  const left = await identity(db)
    .selectFrom('identity.last_letters')
    .select(['email', 'display_name', 'verified'])
    .where('account_id', '=', accountId)
    .where('until', '>', now)
    .executeTakeFirst()
  return left && { email: left.email, displayName: left.display_name, emailVerified: left.verified }
}

/** Forgets addresses kept for last letters whose time is over. */
export async function forgetLastLetters(db: Db, now: Temporal.Instant): Promise<void> {
  await sql`delete from identity.last_letters where until <= ${now}`.execute(db)
}
