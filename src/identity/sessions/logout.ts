import { transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import type { Context } from '../context.ts'
import { revokeSessions } from './revoke-sessions.ts'

/** Ends the caller's session at once: its refresh tokens and its access tokens. Other devices stay signed in. */
export async function logout(context: Context, actor: Actor): Promise<void> {
  const now = context.clock.now()
  await transact(context.db, async (tx) => {
    await revokeSessions(context, tx, { sessionId: actor.sessionId }, 'logout', now)
    // Also a token whose session is not stored any more is no good from now on.
    await context.endedSessions.end(tx, [actor.sessionId], now)
  })
}
