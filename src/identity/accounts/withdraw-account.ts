import { accountWithdrawn } from '../../contracts/account-events.ts'
import { transact } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, type RefusedBy, refused, type Text } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { keepForLastLetters } from '../store/last-letters.ts'
import { IDENTITY, identity } from '../store/tables.ts'
import { isLastAdmin } from './change-roles.ts'

/** Without a password a login at a provider proves who it is, and only for so long. */
export const FRESH_LOGIN = Temporal.Duration.from({ minutes: 10 })

const PASSWORD_NEEDED: Text = {
  ko: '탈퇴하려면 현재 비밀번호가 필요합니다.',
  en: 'The current password is needed to close the account.',
}

/**
 * Withdraws the caller's account: nothing personal is left of it but where its last letters go (last-letters.ts), all its
 * sessions end at once, and its e-mail, display name and phone are free again. The id stays for orders and loans to point
 * at; other contexts end what they hold for the account when they hear of it.
 * A session that lies open somewhere is not enough: the password is asked for, and who has none must have logged in
 * just now (FRESH_LOGIN).
 * Refusals: invalid_request (no password given), wrong_password, fresh_login_needed, last_administrator, not_signed_in
 * (already withdrawn), temporarily_unavailable (too many password checks at a time).
 */
export async function withdrawAccount(
  context: Context,
  actor: Actor,
  password: string | undefined,
): Promise<
  { kind: 'withdrawn' } | RefusedBy<typeof proveOwner> | Refused<'not_signed_in' | 'last_administrator'>
> {
  const proved = await proveOwner(context, actor, password)
  if (proved.kind === 'refused') return proved
  const now = context.clock.now()
  const ended = await transact(context.db, async (tx) => {
    if (actor.roles.includes('admin') && (await isLastAdmin(tx, actor.userId))) return 'last_administrator'
    await identity(tx)
      .selectFrom('identity.account')
      .select('id')
      .where('id', '=', actor.userId)
      .forUpdate()
      .execute()
    await keepForLastLetters(tx, actor.userId, now)
    const account = await identity(tx)
      .updateTable('identity.account')
      .set((eb) => ({
        status: 'withdrawn',
        email: null,
        display_name: null,
        real_name: null,
        phone: null,
        city: null,
        address_detail: null,
        postal_code: null,
        password_hash: null,
        email_verified_at: null,
        version: eb('version', '+', 1),
        updated_at: now,
        withdrawn_at: now,
      }))
      .where('id', '=', actor.userId)
      .where('status', '=', 'active')
      // Another password by now is what somebody set who wants this session out.
      .where('password_hash', 'is not distinct from', proved.passwordHash)
      .returning('version')
      .executeTakeFirst()
    if (!account) return 'not_signed_in'
    await revokeSessions(context, tx, { accountId: actor.userId }, 'withdrawal', now)
    await identity(tx)
      .updateTable('identity.session')
      .set({ device: null })
      .where('account_id', '=', actor.userId)
      .execute()
    await identity(tx).deleteFrom('identity.one_time_link').where('account_id', '=', actor.userId).execute()
    await identity(tx).deleteFrom('identity.saved_address').where('account_id', '=', actor.userId).execute()
    await identity(tx).deleteFrom('identity.social_login').where('account_id', '=', actor.userId).execute()
    await appendEvents(tx, IDENTITY, now, [
      accountWithdrawn.of(actor.userId, account.version, { accountId: actor.userId }),
    ])
    return 'ended'
  })
  if (ended !== 'ended') return refused(ended)
  return { kind: 'withdrawn' }
}

/** That it is the owner who asks, by the password or by a login of just now. */
async function proveOwner(
  { db, passwords, clock, log }: Context,
  { userId, sessionId }: Actor,
  password: string | undefined,
): Promise<
  | { kind: 'proved'; passwordHash: string | null }
  | Refused<
      | 'invalid_request'
      | 'wrong_password'
      | 'fresh_login_needed'
      | 'not_signed_in'
      | 'temporarily_unavailable'
    >
> {
  const found = await identity(db)
    .selectFrom('identity.account as account')
    .innerJoin('identity.session as session', 'session.account_id', 'account.id')
    .select(['account.password_hash', 'session.created_at'])
    .where('account.id', '=', userId)
    .where('account.status', '=', 'active')
    .where('session.id', '=', sessionId)
    .executeTakeFirst()
  if (!found) return refused('not_signed_in')
  const { password_hash: passwordHash, created_at: loggedInAt } = found
  if (passwordHash === null) {
    const isFresh = Temporal.Instant.compare(loggedInAt.add(FRESH_LOGIN), clock.now()) > 0
    return isFresh ? { kind: 'proved', passwordHash } : refused('fresh_login_needed')
  }
  if (password === undefined || password === '')
    return refused('invalid_request', {
      errors: [{ field: 'body.password', code: 'required', message: PASSWORD_NEEDED }],
    })
  const matches = await passwords.matches(passwordHash, password)
  if (typeof matches !== 'boolean') return matches
  if (matches) return { kind: 'proved', passwordHash }
  log.warn({ security: 'wrong_password', account: userId }, 'a password was not proved')
  return refused('wrong_password')
}
