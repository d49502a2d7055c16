import { loginUnlinked } from '../../contracts/account-events.ts'
import { type Db, transact } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { issueLink } from '../links/issue-link.ts'
import type { ProviderName } from '../rules/social-person.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { accountOf, type LinkedLogin, loginsOf, type Subject } from '../store/social-logins.ts'
import { IDENTITY, identity } from '../store/tables.ts'

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
 * A person has cut the connection at the provider: it is no way in any more, and whoever is in the account is out, since
 * nobody knows who came in that way. The account and its orders stay; its owner is told, and without another way in gets
 * a link for a new password. What is told of the time before the connection was made, for instance a copy of an old
 * message, changes nothing.
 * @param at when it was cut, to the second; undefined where the provider does not say
 * @returns whether there was a connection
 */
export async function unlinkedByProvider(
  context: Context,
  { provider, subject, at }: Subject & { at?: Temporal.Instant },
): Promise<boolean> {
  const accountId = await accountOf(context.db, { provider, subject })
  if (accountId === undefined) return false
  return transact(context.db, async (tx) => {
    const now = context.clock.now()
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select('password_hash')
      .where('id', '=', accountId)
      .where('status', '=', 'active')
      .forUpdate()
      .executeTakeFirst()
    const { numDeletedRows } = await identity(tx)
      .deleteFrom('identity.social_login')
      .where('provider', '=', provider)
      .where('subject', '=', subject)
      .where('account_id', '=', accountId)
      .$if(at !== undefined, (query) => query.where('linked_at', '<', (at ?? now).add({ seconds: 1 })))
      .executeTakeFirst()
    if (!account || numDeletedRows === 0n) return false
    await revokeSessions(context, tx, { accountId }, 'login_unlinked', now)
    const lastWayIn = account.password_hash === null && (await loginsOf(tx, accountId)).length === 0
    const { version } = await identity(tx)
      .updateTable('identity.account')
      .set((eb) => ({ version: eb('version', '+', 1), updated_at: now }))
      .where('id', '=', accountId)
      .returning('version')
      .executeTakeFirstOrThrow()
    const told = { accountId, provider, lastWayIn, unlinkedAt: now.toString() }
    await appendEvents(tx, IDENTITY, now, [loginUnlinked.of(accountId, version, told)])
    // So many links in an hour: the owner has one already, or asks for it later.
    if (lastWayIn) await issueLink(context, tx, { accountId, purpose: 'reset_password' })
    context.log.info(
      { security: 'login_unlinked', account: accountId, provider, by: 'provider' },
      'a login was unlinked',
    )
    return true
  })
}
