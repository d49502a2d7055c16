import { type Tx, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { findByEmail } from '../store/profile.ts'
import { identity } from '../store/tables.ts'
import { addBrowserSecret } from './browser-session.ts'
import { addRefreshToken, openSession, type Tokens, tokensFor } from './open-session.ts'

export interface Login {
  email: string
  password: string
  /** Label of the device, see `deviceLabel`. */
  device: string | null
}

/**
 * Starts a session for an e-mail and password. An address without an account costs the same work and gets the same
 * answer as a wrong password; so does a withdrawn account.
 * Refusals: wrong_credentials, temporarily_unavailable (too many logins at a time).
 */
export async function login(
  context: Context,
  input: Login,
): Promise<{ kind: 'signed_in'; tokens: Tokens } | Refused<'temporarily_unavailable' | 'wrong_credentials'>> {
  const opened = await openProved(context, input, addRefreshToken)
  if (opened.kind === 'refused') return opened
  return { kind: 'signed_in', tokens: await tokensFor(context, opened.actor, opened.proof) }
}

/** The same for a browser: what its cookie has to hold. Refusals: those of `login`. */
export async function loginByBrowser(
  context: Context,
  input: Login,
): Promise<{ kind: 'signed_in'; secret: string } | Refused<'temporarily_unavailable' | 'wrong_credentials'>> {
  const opened = await openProved(context, input, addBrowserSecret)
  return opened.kind === 'refused' ? opened : { kind: 'signed_in', secret: opened.proof }
}

/** Checks the password and opens a session, with what the client will prove it by. */
async function openProved(
  context: Context,
  input: Login,
  addProof: (tx: Tx, sessionId: string, now: Temporal.Instant) => Promise<string>,
): Promise<
  { kind: 'opened'; actor: Actor; proof: string } | Refused<'temporarily_unavailable' | 'wrong_credentials'>
> {
  const account = await findByEmail(context.db, input.email.trim())
  const matches = await context.passwords.matches(account?.password_hash ?? null, input.password)
  if (typeof matches !== 'boolean') return matches
  if (!matches || !account) {
    context.log.warn({ security: 'login_failed', account: account?.id ?? null }, 'a login failed')
    return refused('wrong_credentials')
  }

  const opened = await transact(context.db, async (tx) => {
    // Withdrawal and password change lock the row, so neither can slip in between the check and the new session.
    const current = await identity(tx)
      .selectFrom('identity.account')
      .select(['password_hash', 'roles'])
      .where('id', '=', account.id)
      .forShare()
      .executeTakeFirst()
    if (!current || current.password_hash !== account.password_hash) return undefined
    const now = context.clock.now()
    const sessionId = await openSession(tx, account.id, input.device, now)
    return { sessionId, roles: current.roles, proof: await addProof(tx, sessionId, now) }
  })
  if (!opened) return refused('wrong_credentials')
  const { sessionId, roles, proof } = opened
  return { kind: 'opened', actor: { userId: account.id, roles, sessionId }, proof }
}
