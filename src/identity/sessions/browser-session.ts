import { randomBytes } from 'node:crypto'
import type { Tx } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import type { Context } from '../context.ts'
import { browserSessionEnd, isDueForRenewal } from '../rules/session.ts'
import { identity } from '../store/tables.ts'
import { hashOf } from './open-session.ts'

/** Gives a session a secret for a browser's cookie. @returns the secret, which is not kept anywhere */
export async function addBrowserSecret(tx: Tx, sessionId: string, now: Temporal.Instant): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  await identity(tx)
    .insertInto('identity.browser_session')
    .values({
      hash: hashOf(secret),
      session_id: sessionId,
      issued_at: now,
      expires_at: browserSessionEnd(now, now),
    })
    .execute()
  return secret
}

/**
 * Who the secret of a cookie belongs to, by the database and so without delay after a logout elsewhere. Being used
 * keeps it alive; roles are read anew.
 * @returns 'invalid' also for a session that has ended, 'expired' for one not used for too long
 */
export async function recogniseBrowser(
  { db, clock }: Context,
  secret: string,
): Promise<Actor | 'expired' | 'invalid'> {
  const hash = hashOf(secret)
  const now = clock.now()
  const row = await identity(db)
    .selectFrom('identity.browser_session as browser')
    .innerJoin('identity.session as session', 'session.id', 'browser.session_id')
    .innerJoin('identity.account as account', 'account.id', 'session.account_id')
    .select([
      'browser.issued_at',
      'browser.expires_at',
      'session.id as session_id',
      'session.revoked_at',
      'account.id as account_id',
      'account.roles',
    ])
    .where('browser.hash', '=', hash)
    .executeTakeFirst()
  if (!row || row.revoked_at !== null) return 'invalid'
  if (Temporal.Instant.compare(now, row.expires_at) >= 0) return 'expired'
  const until = browserSessionEnd(row.issued_at, now)
  if (isDueForRenewal(row.expires_at, until)) {
    await identity(db)
      .updateTable('identity.browser_session')
      .set({ expires_at: until })
      .where('hash', '=', hash)
      .execute()
    await identity(db)
      .updateTable('identity.session')
      .set({ last_used_at: now })
      .where('id', '=', row.session_id)
      .execute()
  }
  return { userId: row.account_id, roles: row.roles, sessionId: row.session_id }
}
