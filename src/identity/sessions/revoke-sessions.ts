import type { Tx } from '../../platform/database/database.ts'
import { identity } from '../tables.ts'
import type { RevocationReason } from './session.ts'

/**
 * Ends sessions that are still alive. After the commit the caller tells the revocation list.
 * @param which one session, or all of an account, perhaps but one
 * @returns ids of the sessions ended now
 */
export async function revokeSessions(
  tx: Tx,
  which: { sessionId: string } | { accountId: string; exceptSessionId?: string },
  reason: RevocationReason,
  now: Temporal.Instant,
): Promise<string[]> {
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
  return rows.map((row) => row.id)
}
