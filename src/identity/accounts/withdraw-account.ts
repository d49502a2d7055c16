import { accountWithdrawn } from '../../contracts/account-events.ts'
import { transact } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { keepForLastLetters } from '../store/last-letters.ts'
import { IDENTITY, identity } from '../store/tables.ts'
import { isLastAdmin } from './change-roles.ts'

/**
 * Withdraws the caller's account: nothing personal is left of it but where its last letters go (last-letters.ts), all its
 * sessions end at once, and its e-mail, display name and phone are free again. The id stays for orders and loans to point
 * at; other contexts end what they hold for the account when they hear of it.
 * Refusals: last_administrator, not_signed_in (already withdrawn).
 */
export async function withdrawAccount(
  context: Context,
  actor: Actor,
): Promise<{ kind: 'withdrawn' } | Refused> {
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
