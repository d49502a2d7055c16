import type { Identity } from '../../identity/index.ts'
import type { Recipient } from '../../notifications/index.ts'

/** A customer as whoever writes to them sees them; undefined some days after they have left. */
export async function recipientOf(
  identity: Pick<Identity, 'correspondentOf'>,
  userId: string,
): Promise<Recipient | undefined> {
  const found = await identity.correspondentOf(userId)
  if (!found) return undefined
  const { email, displayName: name, emailVerified } = found
  return { email, name, language: 'ko', emailVerified }
}
