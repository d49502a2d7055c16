import type { Context } from '../context.ts'
import { isLinkPurpose, LINKS } from '../rules/link.ts'
import { identity } from '../store/tables.ts'

/**
 * The address a letter leads to; undefined when the link is of no use any more, so that there is nothing to send.
 * Whoever knows it can use it: for the letter alone.
 */
export async function linkAddress(
  { db, clock, linkSecrets, publicUrl }: Pick<Context, 'db' | 'clock' | 'linkSecrets' | 'publicUrl'>,
  linkId: string,
): Promise<string | undefined> {
  const row = await identity(db)
    .selectFrom('identity.one_time_link')
    .select(['purpose', 'hash'])
    .where('id', '=', linkId)
    .where('used_at', 'is', null)
    .where('replaced_at', 'is', null)
    .where('expires_at', '>', clock.now())
    .executeTakeFirst()
  if (!row || !isLinkPurpose(row.purpose)) return undefined
  const token = linkSecrets.tokenBehind(linkId, row.hash)
  // Made by none of our keys: nobody could use it.
  if (token === undefined) return undefined
  return `${publicUrl}${LINKS[row.purpose].path}?${new URLSearchParams({ token })}`
}
