import { createHash, randomBytes } from 'node:crypto'
import { ACCESS_TOKEN_SECONDS } from '../../platform/auth/access-token.ts'
import type { Tx } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { newId } from '../../platform/ids.ts'
import type { Context } from '../context.ts'
import { REFRESH_TOKEN_SECONDS } from '../rules/session.ts'
import { identity } from '../store/tables.ts'

/** What a client gets at login and at every refresh. Lives are in seconds. */
export interface Tokens {
  accessToken: string
  expiresIn: number
  refreshToken: string
  refreshExpiresIn: number
}

/** How refresh tokens are stored: a leaked table gives nobody a token. They are random, so no salt is needed. */
export function hashOf(refreshToken: string): Buffer {
  return createHash('sha256').update(refreshToken).digest()
}

/** Adds a fresh refresh token to a session. @returns the token, which is not kept anywhere */
export async function addRefreshToken(tx: Tx, sessionId: string, now: Temporal.Instant): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await identity(tx)
    .insertInto('identity.refresh_token')
    .values({
      hash: hashOf(token),
      session_id: sessionId,
      issued_at: now,
      expires_at: now.add({ seconds: REFRESH_TOKEN_SECONDS }),
      used_at: null,
    })
    .execute()
  return token
}

/** Starts a session. The caller holds a lock on the account's row, and gives it what it is proved by. */
export async function openSession(
  tx: Tx,
  accountId: string,
  device: string | null,
  now: Temporal.Instant,
): Promise<string> {
  const sessionId = newId()
  await identity(tx)
    .insertInto('identity.session')
    .values({
      id: sessionId,
      account_id: accountId,
      device,
      created_at: now,
      last_used_at: now,
      revoked_at: null,
      revoked_reason: null,
    })
    .execute()
  return sessionId
}

/** Signs the access token that goes with a refresh token. */
export async function tokensFor(context: Context, actor: Actor, refreshToken: string): Promise<Tokens> {
  return {
    accessToken: await context.issueAccessToken(actor),
    expiresIn: ACCESS_TOKEN_SECONDS,
    refreshToken,
    refreshExpiresIn: REFRESH_TOKEN_SECONDS,
  }
}
