import { linkIssued } from '../../contracts/account-events.ts'
import type { Tx } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { LINKS, type LinkPurpose, waitBeforeNextLink } from '../rules/link.ts'
import { IDENTITY, identity } from '../store/tables.ts'
import { hashOfToken } from './link-secrets.ts'

/**
 * Issues a link and has it sent to the account's address; earlier ones for the same purpose are no good any more. The
 * caller's transaction decides with it.
 * Refusals: too_many_requests (so many in an hour), not_found (no such live account).
 */
export async function issueLink(
  { linkSecrets, clock }: Pick<Context, 'linkSecrets' | 'clock'>,
  tx: Tx,
  { accountId, purpose }: { accountId: string; purpose: LinkPurpose },
): Promise<{ kind: 'issued'; expiresAt: Temporal.Instant } | Refused<'not_found' | 'too_many_requests'>> {
  const now = clock.now()
  // Links of one account are issued one after another.
  const account = await identity(tx)
    .selectFrom('identity.account')
    .select('id')
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .forUpdate()
    .executeTakeFirst()
  if (!account) return refused('not_found')
  const recent = await identity(tx)
    .selectFrom('identity.one_time_link')
    .select('issued_at')
    .where('account_id', '=', accountId)
    .where('purpose', '=', purpose)
    .where('issued_at', '>', now.subtract({ hours: 1 }))
    .execute()
  const issued = recent.map(({ issued_at }) => issued_at)
  const retryAfterSeconds = waitBeforeNextLink(purpose, issued, now)
  if (retryAfterSeconds > 0) return refused('too_many_requests', { retryAfterSeconds })
  await identity(tx)
    .updateTable('identity.one_time_link')
    .set({ replaced_at: now })
    .where('account_id', '=', accountId)
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('replaced_at', 'is', null)
    .execute()
  const id = newId()
  const expiresAt = now.add(LINKS[purpose].life)
  await identity(tx)
    .insertInto('identity.one_time_link')
    .values({
      id,
      account_id: accountId,
      purpose,
      hash: hashOfToken(linkSecrets.tokenOf(id)),
      issued_at: now,
      expires_at: expiresAt,
      used_at: null,
      replaced_at: null,
    })
    .execute()
  await appendEvents(tx, IDENTITY, now, [
    linkIssued.of(id, 1, { linkId: id, accountId, purpose, expiresAt: expiresAt.toString() }),
  ])
  return { kind: 'issued', expiresAt }
}
