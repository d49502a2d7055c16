/**
 * Rules of logins. A session is one login on one device; its refresh tokens form a family in which at most one is
 * unused. A token is good for one refresh. Seeing a used one again means that two parties hold it, and nobody can
 * tell which is the thief, so the whole family ends and the owner signs in anew.
 *
 * There is no grace for a token repeated "by the same client after a lost answer": a client is recognised by
 * nothing that a thief who has the token could not send too. The price is a new login after an answer lost in just
 * that moment; clients with several tabs must let one of them refresh at a time.
 */

/** Life of a refresh token in seconds: 7 days from its issue. Each rotation starts anew. */
export const REFRESH_TOKEN_SECONDS = 7 * 24 * 60 * 60

/** A browser's cookie is good for 7 days after its last use, and for 30 days altogether. */
const BROWSER_IDLE = { hours: 7 * 24 } as const
export const BROWSER_LIFE = { hours: 30 * 24 } as const
/** Being used is noted only so often: not every page writes. */
const RENEWAL_STEP_MS = 60 * 60 * 1_000

/** When a browser's session ends that was opened and is used at these times, if it is not used again. */
export function browserSessionEnd(issuedAt: Temporal.Instant, usedAt: Temporal.Instant): Temporal.Instant {
  const [idle, life] = [usedAt.add(BROWSER_IDLE), issuedAt.add(BROWSER_LIFE)]
  return Temporal.Instant.compare(idle, life) < 0 ? idle : life
}

/** Whether the new end of a browser's session is worth writing down. */
export function isDueForRenewal(end: Temporal.Instant, newEnd: Temporal.Instant): boolean {
  return newEnd.epochMilliseconds - end.epochMilliseconds >= RENEWAL_STEP_MS
}

export type RevocationReason =
  | 'logout'
  | 'token_reuse'
  | 'password_changed'
  | 'password_reset'
  | 'withdrawal'
  | 'revoked_by_owner'
  | 'login_unlinked'
  | 'roles_changed'

/** What is stored about a presented refresh token and its session. */
export interface PresentedToken {
  expiresAt: Temporal.Instant
  usedAt: Temporal.Instant | null
  sessionRevokedAt: Temporal.Instant | null
}

export type Rotation =
  | { kind: 'rotate' }
  | { kind: 'revoke_family' }
  | { kind: 'refuse'; why: 'unknown' | 'revoked' | 'expired' }

/**
 * What to do with a presented refresh token. A used token of a live family revokes it even after the token itself
 * has expired; within a revoked family there is nothing left to protect.
 */
export function decideRotation(token: PresentedToken | undefined, now: Temporal.Instant): Rotation {
  if (!token) return { kind: 'refuse', why: 'unknown' }
  if (token.sessionRevokedAt !== null) return { kind: 'refuse', why: 'revoked' }
  if (token.usedAt !== null) return { kind: 'revoke_family' }
  if (Temporal.Instant.compare(now, token.expiresAt) >= 0) return { kind: 'refuse', why: 'expired' }
  return { kind: 'rotate' }
}

const DEVICE_LABEL_LENGTH = 200

/** How a session names its device: the browser's own words, cut to 200 characters. */
export function deviceLabel(userAgent: string | undefined): string | null {
  const label = userAgent?.trim().slice(0, DEVICE_LABEL_LENGTH)
  return label ? label : null
}
