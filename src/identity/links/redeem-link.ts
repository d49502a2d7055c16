import type { Tx } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { LinkPurpose } from '../rules/link.ts'
import { identity } from '../store/tables.ts'
import { hashOfToken } from './link-secrets.ts'

/**
 * Uses a link up. A compare-and-set: of several uses at the same time one wins. What the link is for happens in the
 * same transaction, or the link is as good as before.
 * @returns whose it is. Refusals: link_invalid (unknown, used, replaced, or too old; nobody learns which)
 */
export async function redeemLink(
  tx: Tx,
  { purpose, token }: { purpose: LinkPurpose; token: string },
  now: Temporal.Instant,
): Promise<{ kind: 'redeemed'; accountId: string } | Refused> {
  const row = await identity(tx)
    .updateTable('identity.one_time_link')
    .set({ used_at: now })
    .where('hash', '=', hashOfToken(token))
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('replaced_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('account_id')
    .executeTakeFirst()
  return row ? { kind: 'redeemed', accountId: row.account_id } : refused('link_invalid')
}
