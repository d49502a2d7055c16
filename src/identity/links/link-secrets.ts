import { createHash, createHmac } from 'node:crypto'

/** What links carry. */
export interface LinkSecrets {
  /**
   * The text a link carries. It is made from the link's id and a key, so that the letter can be written again after a
   * failure, and is kept nowhere: neither with the link nor in an event or a queued message.
   */
  tokenOf(linkId: string): string
}

/** @param key of its own, 32 bytes */
export function createLinkSecrets(key: Buffer): LinkSecrets {
  return { tokenOf: (linkId) => createHmac('sha256', key).update(linkId).digest('base64url') }
}

/** Under what a link's text is known. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
