import { type Tx, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { decideRotation, type PresentedToken } from '../rules/session.ts'
import { identity } from '../store/tables.ts'
import { addRefreshToken, hashOf, type Tokens, tokensFor } from './open-session.ts'
import { revokeSessions } from './revoke-sessions.ts'

type Outcome =
  | { kind: 'rotated'; actor: Actor; refreshToken: string }
  | { kind: 'family_revoked'; actor: Actor }
  | { kind: 'refused' }

/**
 * Exchanges a refresh token for a new pair. The exchange is a compare-and-set: of several uses of one token at the
 * same time exactly one wins, every other counts as reuse and ends the whole session, the winner's new tokens
 * included (see `session.ts` for why). Roles are read anew.
 * Refusals: session_ended, whatever the reason; the reason is for the log.
 */
export async function refreshSession(
  context: Context,
  refreshToken: string,
): Promise<{ kind: 'refreshed'; tokens: Tokens } | Refused<'session_ended'>> {
  const now = context.clock.now()
  const outcome = await transact(context.db, (tx) => rotate(context, tx, hashOf(refreshToken), now))
  if (outcome.kind === 'refused') return refused('session_ended')
  if (outcome.kind === 'family_revoked') {
    context.log.warn(
      { userId: outcome.actor.userId, session: outcome.actor.sessionId },
      'refresh token used twice, session revoked',
    )
    return refused('session_ended')
  }
  return { kind: 'refreshed', tokens: await tokensFor(context, outcome.actor, outcome.refreshToken) }
}

async function rotate(context: Context, tx: Tx, hash: Buffer, now: Temporal.Instant): Promise<Outcome> {
  const presented = await read(tx, hash)
  const decision = decideRotation(presented, now)
  if (!presented || decision.kind === 'refuse') return { kind: 'refused' }
  if (decision.kind === 'revoke_family' || !(await markUsed(tx, hash, now))) {
    await revokeSessions(context, tx, { sessionId: presented.actor.sessionId }, 'token_reuse', now)
    return { kind: 'family_revoked', actor: presented.actor }
  }
  if (!(await touch(tx, presented.actor.sessionId, now))) return { kind: 'refused' }
  const refreshToken = await addRefreshToken(tx, presented.actor.sessionId, now)
  return { kind: 'rotated', actor: presented.actor, refreshToken }
}

async function read(tx: Tx, hash: Buffer): Promise<(PresentedToken & { actor: Actor }) | undefined> {
  const row = await identity(tx)
    .selectFrom('identity.refresh_token as token')
    .innerJoin('identity.session as session', 'session.id', 'token.session_id')
    .innerJoin('identity.account as account', 'account.id', 'session.account_id')
    .select([
      'token.expires_at',
      'token.used_at',
      'session.id as session_id',
      'session.revoked_at',
      'account.id as account_id',
      'account.roles',
    ])
    .where('token.hash', '=', hash)
    .executeTakeFirst()
  return (
    row && {
      expiresAt: row.expires_at,
      usedAt: row.used_at,
      sessionRevokedAt: row.revoked_at,
      actor: { userId: row.account_id, roles: row.roles, sessionId: row.session_id },
    }
  )
}

/** The compare-and-set. False when another use of the token was first. */
async function markUsed(tx: Tx, hash: Buffer, now: Temporal.Instant): Promise<boolean> {
  const rows = await identity(tx)
    .updateTable('identity.refresh_token')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .returning('session_id')
    .execute()
  return rows.length === 1
}

/** Notes the use of a session. False when it was revoked since it was read. */
async function touch(tx: Tx, sessionId: string, now: Temporal.Instant): Promise<boolean> {
  const rows = await identity(tx)
    .updateTable('identity.session')
    .set({ last_used_at: now })
    .where('id', '=', sessionId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length === 1
}
