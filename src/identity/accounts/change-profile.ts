import { isUniqueViolation, type Tx, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, type RefusedBy, refused, type Text } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { checkProfileChange, type ProfileChange, takenRefusal } from '../rules/account.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { type Profile, profileFrom, takenFields, UNIQUE_INDEXES } from '../store/profile.ts'
import { identity } from '../store/tables.ts'

const CURRENT_PASSWORD_NEEDED: Text = {
  ko: '비밀번호를 바꾸려면 현재 비밀번호가 필요합니다.',
  en: 'The current password is needed to change it.',
}

/**
 * Changes the caller's own data; what is left out stays. A new password needs the current one and ends the account's
 * other sessions, because they may be somebody else's.
 * Refusals: invalid_request (fields), wrong_password, already_taken (fields), not_signed_in (account gone),
 * temporarily_unavailable (too many password checks at a time).
 */
export async function changeProfile(
  context: Context,
  actor: Actor,
  typed: ProfileChange & { currentPassword?: string },
): Promise<
  | { kind: 'changed'; profile: Profile }
  | RefusedBy<typeof newPasswordHash>
  | Refused<'already_taken' | 'not_signed_in'>
> {
  const { currentPassword, ...change } = typed
  const checked = checkProfileChange(change)
  if (checked.kind === 'refused') return checked
  const password = await newPasswordHash(context, actor, checked.data.newPassword, currentPassword)
  if (password?.kind === 'refused') return password

  const now = context.clock.now()
  try {
    return await transact<Changed | Refused<'already_taken' | 'wrong_password' | 'not_signed_in'>>(
      context.db,
      async (tx) => {
        const taken = await takenFields(tx, checked.data, actor.userId)
        if (taken.length > 0) return takenRefusal(taken)
        const profile = await save(tx, actor.userId, checked.data, password, now)
        if (!profile) return refused(password ? 'wrong_password' : 'not_signed_in')
        const others = { accountId: actor.userId, exceptSessionId: actor.sessionId }
        if (password) await revokeSessions(context, tx, others, 'password_changed', now)
        return { kind: 'changed', profile }
      },
    )
  } catch (error) {
    const violated = UNIQUE_INDEXES.filter(({ index }) => isUniqueViolation(error, index))
    if (violated.length > 0) return takenRefusal(violated.map(({ field }) => field))
    throw error
  }
}

interface Changed {
  kind: 'changed'
  profile: Profile
}

interface NewPassword {
  kind: 'proved'
  /** The hash that was compared; saving fails if it is another by then. */
  from: string | null
  to: string
}

/** Proves the current password and hashes the new one, outside of any transaction: both are slow on purpose. */
async function newPasswordHash(
  context: Context,
  actor: Actor,
  newPassword: string | undefined,
  currentPassword: string | undefined,
): Promise<
  NewPassword | Refused<'invalid_request' | 'temporarily_unavailable' | 'wrong_password'> | undefined
> {
  if (newPassword === undefined) return undefined
  if (currentPassword === undefined) {
    return refused('invalid_request', {
      errors: [{ field: 'body.currentPassword', code: 'required', message: CURRENT_PASSWORD_NEEDED }],
    })
  }
  const account = await identity(context.db)
    .selectFrom('identity.account')
    .select('password_hash')
    .where('id', '=', actor.userId)
    .executeTakeFirst()
  const from = account?.password_hash ?? null
  const matches = await context.passwords.matches(from, currentPassword)
  if (typeof matches !== 'boolean') return matches
  if (!matches) {
    context.log.warn({ security: 'wrong_password', account: actor.userId }, 'a password was not proved')
    return refused('wrong_password')
  }
  const hashed = await context.passwords.hash(newPassword)
  return hashed.kind === 'refused' ? hashed : { kind: 'proved', from, to: hashed.hash }
}

async function save(
  tx: Tx,
  accountId: string,
  change: ProfileChange,
  password: NewPassword | undefined,
  now: Temporal.Instant,
): Promise<Profile | undefined> {
  const { displayName, realName, phone, address } = change
  const row = await identity(tx)
    .updateTable('identity.account')
    .set({
      updated_at: now,
      ...(displayName === undefined ? {} : { display_name: displayName }),
      ...(realName === undefined ? {} : { real_name: realName }),
      ...(phone === undefined ? {} : { phone }),
      ...(address === undefined
        ? {}
        : { city: address.city, address_detail: address.detail, postal_code: address.postalCode }),
      ...(password === undefined ? {} : { password_hash: password.to }),
    })
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .$if(password !== undefined, (query) => query.where('password_hash', '=', password?.from ?? null))
    .returningAll()
    .executeTakeFirst()
  return row && profileFrom(row)
}
