import { type Tx, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import type { Context } from '../context.ts'
import { identity } from '../store/tables.ts'
import { openSession } from './open-session.ts'

/** Gives a new session what its client will prove it by. */
export type AddProof = (tx: Tx, sessionId: string, now: Temporal.Instant) => Promise<string>

export interface Entered {
  actor: Actor
  /** What the client keeps: a refresh token, or the secret of a browser's cookie. */
  proof: string
}

interface Entering {
  accountId: string
  /** Label of the device, see `deviceLabel`. */
  device: string | null
  addProof: AddProof
  /** Whether what was proved before is still so, now that nothing can change it. */
  stillHolds(tx: Tx, now: Temporal.Instant): Promise<boolean>
}

/**
 * Opens a session for somebody who has proved that an account is theirs, by whatever means. Undefined when it has
 * been withdrawn, or the proof is none any more.
 */
export function enterAccount(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { accountId, device, addProof, stillHolds }: Entering,
): Promise<Entered | undefined> {
  return transact(db, async (tx) => {
    const now = clock.now()
    // Withdrawal and a changed password lock the row, so neither slips in between.
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select('roles')
      .where('id', '=', accountId)
      .where('status', '=', 'active')
      .forShare()
      .executeTakeFirst()
    if (!account || !(await stillHolds(tx, now))) return undefined
    const sessionId = await openSession(tx, accountId, device, now)
    const proof = await addProof(tx, sessionId, now)
    return { actor: { userId: accountId, roles: account.roles, sessionId }, proof }
  })
}
