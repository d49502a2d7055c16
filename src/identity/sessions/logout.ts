import { transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import type { Context } from '../context.ts'
import { revokeSessions } from './revoke-sessions.ts'

/** Ends the caller's session at once: its refresh tokens and its access tokens. Other devices stay signed in. */
export async function logout(context: Context, actor: Actor): Promise<void> {
  await transact(context.db, (tx) =>
    revokeSessions(tx, { sessionId: actor.sessionId }, 'logout', context.clock.now()),
  )
  context.revocations.add([actor.sessionId])
}
