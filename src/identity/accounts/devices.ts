import { type Db, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { identity } from '../store/tables.ts'

/** A login that is still good. */
export interface Device {
  id: string
  /** What the browser or program calls itself. */
  label: string | null
  signedInAt: Temporal.Instant
  /** Noted about once an hour. */
  lastUsedAt: Temporal.Instant
  /** The one that asks. */
  isThis: boolean
}

/** More than anybody has. */
const MOST = 100

/** The devices on which the caller is signed in, the latest used first. */
export async function devicesOf(db: Db, actor: Actor, now: Temporal.Instant): Promise<Device[]> {
  const rows = await identity(db)
    .selectFrom('identity.session as session')
    .select(['session.id', 'session.device', 'session.created_at', 'session.last_used_at'])
    .where('session.account_id', '=', actor.userId)
    .where('session.revoked_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb.exists(
          eb
            .selectFrom('identity.refresh_token as token')
            .select('token.session_id')
            .whereRef('token.session_id', '=', 'session.id')
            .where('token.used_at', 'is', null)
            .where('token.expires_at', '>', now),
        ),
        eb.exists(
          eb
            .selectFrom('identity.browser_session as browser')
            .select('browser.session_id')
            .whereRef('browser.session_id', '=', 'session.id')
            .where('browser.expires_at', '>', now),
        ),
      ]),
    )
    .orderBy('session.last_used_at', 'desc')
    .orderBy('session.id')
    .limit(MOST)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    label: row.device,
    signedInAt: row.created_at,
    lastUsedAt: row.last_used_at,
    isThis: row.id === actor.sessionId,
  }))
}

/** Signs the caller out on one device. Refusals: not_found (also for somebody else's). */
export async function endDevice(
  context: Context,
  actor: Actor,
  sessionId: string,
): Promise<{ kind: 'ended' } | Refused<'not_found'>> {
  return transact(context.db, async (tx) => {
    const session = await identity(tx)
      .selectFrom('identity.session')
      .select('id')
      .where('id', '=', sessionId)
      .where('account_id', '=', actor.userId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (!session) return refused('not_found')
    await revokeSessions(context, tx, { sessionId }, 'revoked_by_owner', context.clock.now())
    return { kind: 'ended' as const }
  })
}

/** Signs the caller out everywhere else. */
export async function endOtherDevices(context: Context, actor: Actor): Promise<void> {
  const others = { accountId: actor.userId, exceptSessionId: actor.sessionId }
  await transact(context.db, (tx) =>
    revokeSessions(context, tx, others, 'revoked_by_owner', context.clock.now()),
  )
}
