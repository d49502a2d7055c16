import { transact } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { issueLink } from '../links/issue-link.ts'
import { redeemLink } from '../links/redeem-link.ts'
import { identity } from '../store/tables.ts'

/**
 * Sends one more link that proves the address of an account.
 * Refusals: already_verified, too_many_requests, not_signed_in (account gone).
 */
export async function askForVerification(
  context: Context,
  accountId: string,
): Promise<
  | { kind: 'sent'; expiresAt: Temporal.Instant }
  | Refused<'not_signed_in' | 'already_verified' | 'not_found' | 'too_many_requests'>
> {
  return transact(context.db, async (tx) => {
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select('email_verified_at')
      .where('id', '=', accountId)
      .where('status', '=', 'active')
      .forUpdate()
      .executeTakeFirst()
    if (!account) return refused('not_signed_in')
    if (account.email_verified_at !== null) return refused('already_verified')
    const issued = await issueLink(context, tx, { accountId, purpose: 'verify_email' })
    return issued.kind === 'refused' ? issued : { kind: 'sent' as const, expiresAt: issued.expiresAt }
  })
}

/** Proves an address by the link that was sent there. */
export async function verifyEmail(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  token: string,
): Promise<{ kind: 'verified' } | Refused<'link_invalid'>> {
  return transact(db, async (tx) => {
    const now = clock.now()
    const redeemed = await redeemLink(tx, { purpose: 'verify_email', token }, now)
    if (redeemed.kind === 'refused') return redeemed
    await identity(tx)
      .updateTable('identity.account')
      .set((eb) => ({
        email_verified_at: eb.fn.coalesce('email_verified_at', eb.val(now)),
        updated_at: now,
      }))
      .where('id', '=', redeemed.accountId)
      .where('status', '=', 'active')
      .execute()
    return { kind: 'verified' as const }
  })
}
