import { type Db, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import type { ProviderName } from '../rules/social-person.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { type LinkedLogin, loginsOf, type Subject } from '../store/social-logins.ts'
import { identity } from '../store/tables.ts'

/** The ways into one's account. */
export interface WaysIn {
  hasPassword: boolean
  logins: readonly LinkedLogin[]
}

/** The ways into the caller's account. Refusals: not_signed_in (withdrawn). */
export async function waysIn(
  db: Db,
  actor: Actor,
): Promise<({ kind: 'found' } & WaysIn) | Refused<'not_signed_in'>> {
  const account = await identity(db)
    .selectFrom('identity.account')
    .select('password_hash')
    .where('id', '=', actor.userId)
    .where('status', '=', 'active')
    .executeTakeFirst()
  if (!account) return refused('not_signed_in')
  return {
    kind: 'found',
    hasPassword: account.password_hash !== null,
    logins: await loginsOf(db, actor.userId),
  }
}

/**
 * Takes a provider away as a way into the caller's account; it never takes the last one.
 * Refusals: not_found (is none), last_way_in.
 */
export function unlinkLogin(
  { db, clock, log }: Pick<Context, 'db' | 'clock' | 'log'>,
  actor: Actor,
  provider: ProviderName,
): Promise<{ kind: 'unlinked' } | Refused<'not_found' | 'last_way_in'>> {
  return transact(db, async (tx) => {
    // Ways in of one account are taken away one after another.
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select('password_hash')
      .where('id', '=', actor.userId)
      .where('status', '=', 'active')
      .forUpdate()
      .executeTakeFirst()
    const logins = await loginsOf(tx, actor.userId)
    if (!account || !logins.some((login) => login.provider === provider)) return refused('not_found')
    if (account.password_hash === null && logins.length === 1) return refused('last_way_in')
    await identity(tx)
      .deleteFrom('identity.social_login')
      .where('account_id', '=', actor.userId)
      .where('provider', '=', provider)
      .execute()
    log.info(
      { security: 'login_unlinked', account: actor.userId, provider, at: clock.now().toString() },
      'a login was unlinked',
    )
    return { kind: 'unlinked' }
  })
}

/**
 * A person has cut the connection at the provider: it is no way in any more, and who came in that way is out. The
 * account stays; without another way in its owner gets one by a letter for a new password.
 * @returns whether there was a connection
 */
export function unlinkedByProvider(context: Context, { provider, subject }: Subject): Promise<boolean> {
  const now = context.clock.now()
  return transact(context.db, async (tx) => {
    const row = await identity(tx)
      .deleteFrom('identity.social_login')
      .where('provider', '=', provider)
      .where('subject', '=', subject)
      .returning('account_id')
      .executeTakeFirst()
    if (!row) return false
    await revokeSessions(context, tx, { accountId: row.account_id }, 'login_unlinked', now)
    context.log.info(
      { security: 'login_unlinked', account: row.account_id, provider, by: 'provider' },
      'a login was unlinked',
    )
    return true
  })
}
