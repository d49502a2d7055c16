import { setTimeout as pause } from 'node:timers/promises'
import { transact } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { issueLink } from '../links/issue-link.ts'
import { redeemLink } from '../links/redeem-link.ts'
import { checkProfileChange } from '../rules/account.ts'
import type { LinkPurpose } from '../rules/link.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { findByEmail } from '../store/profile.ts'
import { identity } from '../store/tables.ts'

/** Longer than the work for an account takes: how long an answer takes tells nobody whether there is one. */
const LEAST_MS = 400

/**
 * Sends a link for a new password, or for a browser that is to be known, to the account with this address. Whether
 * there is one, and whether it got too many already, nobody learns: the answer is always the same, after the same time.
 */
export async function sendLinkTo(
  context: Context,
  email: string,
  purpose: Extract<LinkPurpose, 'reset_password' | 'know_browser'>,
): Promise<void> {
  await Promise.all([send(context, email, purpose), pause(LEAST_MS)])
}

async function send(context: Context, email: string, purpose: LinkPurpose): Promise<void> {
  const account = await findByEmail(context.db, email.trim())
  if (!account) return
  await transact(context.db, (tx) => issueLink(context, tx, { accountId: account.id, purpose }))
}

/**
 * Sets a new password by the link that was sent to the account's address. All its sessions end: they may be somebody
 * else's. Whoever brings the link reads that mail, so the address counts as proved. Until it was, somebody else may have
 * had the account that they opened with it: logins at providers that were linked before are taken out. Later ones were
 * linked by the password that is now replaced, because somebody else may know it, so they go too; where there was none,
 * they are how the owner comes in, and stay.
 * @returns the address of the account. Refusals: link_invalid, invalid_request (the password breaks its rule),
 * temporarily_unavailable (too many at a time)
 */
export async function resetPassword(
  context: Context,
  { token, newPassword }: { token: string; newPassword: string },
): Promise<
  { kind: 'reset'; email: string } | Refused<'invalid_request' | 'temporarily_unavailable' | 'link_invalid'>
> {
  const checked = checkProfileChange({ newPassword })
  if (checked.kind === 'refused') return checked
  const hashed = await context.passwords.hash(newPassword)
  if (hashed.kind === 'refused') return hashed
  return transact(context.db, async (tx) => {
    const now = context.clock.now()
    const redeemed = await redeemLink(tx, { purpose: 'reset_password', token }, now)
    if (redeemed.kind === 'refused') return redeemed
    const { accountId } = redeemed
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select(['email', 'email_verified_at', 'password_hash'])
      .where('id', '=', accountId)
      .where('status', '=', 'active')
      .forUpdate()
      .executeTakeFirst()
    if (!account || account.email === null) return refused('link_invalid')
    await identity(tx)
      .updateTable('identity.account')
      .set({
        password_hash: hashed.hash,
        email_verified_at: account.email_verified_at ?? now,
        updated_at: now,
      })
      .where('id', '=', accountId)
      .execute()
    const { email_verified_at: provedAt, password_hash: replaced } = account
    // A provider that proved the address was linked at that very moment, and stays.
    const foreign = replaced === null ? '<' : '<>'
    await identity(tx)
      .deleteFrom('identity.social_login')
      .where('account_id', '=', accountId)
      .$if(provedAt !== null, (query) => query.where('linked_at', foreign, provedAt))
      .execute()
    await revokeSessions(context, tx, { accountId }, 'password_reset', now)
    context.log.info({ security: 'password_reset', account: accountId }, 'a password was set by a link')
    return { kind: 'reset' as const, email: account.email }
  })
}

/**
 * Uses a link that makes a browser known: from there the owner gets in while strangers' guesses are held back.
 * @returns the address of the account. Refusals: link_invalid
 */
export function knowBrowser(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  token: string,
): Promise<{ kind: 'known'; email: string } | Refused<'link_invalid'>> {
  return transact(db, async (tx) => {
    const redeemed = await redeemLink(tx, { purpose: 'know_browser', token }, clock.now())
    if (redeemed.kind === 'refused') return redeemed
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select('email')
      .where('id', '=', redeemed.accountId)
      .where('status', '=', 'active')
      .executeTakeFirst()
    return account && account.email !== null
      ? { kind: 'known' as const, email: account.email }
      : refused('link_invalid')
  })
}
