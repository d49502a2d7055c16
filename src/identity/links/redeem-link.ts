import type { Tx } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { LinkPurpose } from '../rules/link.ts'
import { identity } from '../store/tables.ts'
import { hashOfToken } from './link-secrets.ts'

/**
 * Uses a link up. A compare-and-set: of several uses at the same time one wins. What the link is for happens in the
 * same transaction, or the link is as good as before. Until its end the account is locked, before the link as in
 * `issueLink`, so that a letter sent again and the tap on the one before wait for each other in turn.
 * @returns whose it is, a live account. Refusals: link_invalid (unknown, used, replaced, or too old; nobody learns
 * which)
 */
export async function redeemLink(
  tx: Tx,
  { purpose, token }: { purpose: LinkPurpose; token: string },
  now: Temporal.Instant,
): Promise<{ kind: 'redeemed'; accountId: string } | Refused<'link_invalid'>> {
  const hash = hashOfToken(token)
  const link = await identity(tx)
    .selectFrom('identity.one_time_link')
    .select('account_id')
    .where('hash', '=', hash)
    .where('purpose', '=', purpose)
    .executeTakeFirst()
  if (!link) return refused('link_invalid')
  const account = await identity(tx)
    .selectFrom('identity.account')
    .select('id')
    .where('id', '=', link.account_id)
    .where('status', '=', 'active')
    .forUpdate()
    .executeTakeFirst()
  if (!account) return refused('link_invalid')
  const row = await identity(tx)
    .updateTable('identity.one_time_link')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('replaced_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('account_id')
    .executeTakeFirst()
  return row ? { kind: 'redeemed', accountId: row.account_id } : refused('link_invalid')
}
