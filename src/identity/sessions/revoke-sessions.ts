import { sessionEnded } from '../../contracts/account-events.ts'
import type { Tx } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { Context } from '../context.ts'
import type { RevocationReason } from '../rules/session.ts'
import { IDENTITY, identity } from '../store/tables.ts'

/**
 * Ends sessions that are still alive, and the access tokens of theirs with the commit, in every process.
 * @param which one session, or all of an account, perhaps but one
 */
export async function revokeSessions(
  { endedSessions }: Pick<Context, 'endedSessions'>,
  tx: Tx,
  which: { sessionId: string } | { accountId: string; exceptSessionId?: string },
  reason: RevocationReason,
  now: Temporal.Instant,
): Promise<void> {
  const rows = await identity(tx)
    .updateTable('identity.session')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('revoked_at', 'is', null)
    .where((eb) => {
      if ('sessionId' in which) return eb('id', '=', which.sessionId)
      const all = eb('account_id', '=', which.accountId)
      return which.exceptSessionId === undefined ? all : eb.and([all, eb('id', '<>', which.exceptSessionId)])
    })
    .returning('id')
    .execute()
  const ids = rows.map((row) => row.id)
  await endedSessions.end(tx, ids, now)
  // For processes on other databases; those on this one have heard by the line above.
  const events = ids.map((id) => sessionEnded.of(id, 1, { sessionId: id, endedAt: now.toString() }))
  await appendEvents(tx, IDENTITY, now, events)
}
