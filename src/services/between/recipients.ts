import type { Identity } from '../../identity/index.ts'
import type { Recipient } from '../../notifications/index.ts'

/** A customer as whoever writes to them sees them; undefined when they have left. */
export async function recipientOf(
  identity: Pick<Identity, 'profileOf'>,
  userId: string,
): Promise<Recipient | undefined> {
  const profile = await identity.profileOf(userId)
  return profile && { email: profile.email, name: profile.displayName, language: 'ko' }
}
