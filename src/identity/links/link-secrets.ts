import { createHash, createHmac } from 'node:crypto'

/** What links carry. */
export interface LinkSecrets {
  /**
   * The text a link carries. It is made from the link's id and a key, so that the letter can be written again after a
   * failure, and is kept nowhere: neither with the link nor in an event or a queued message.
   */
  tokenOf(linkId: string): string
  /** The same of a link that is known under this hash, also when a former key made it; undefined when none of ours did. */
  tokenBehind(linkId: string, hash: Buffer): string | undefined
}

/** @param keys of their own, 32 bytes each; the first makes links, those of all are known */
export function createLinkSecrets(keys: readonly [Buffer, ...Buffer[]]): LinkSecrets {
  const tokenBy = (key: Buffer, linkId: string) =>
    createHmac('sha256', key).update(linkId).digest('base64url')
  return {
    tokenOf: (linkId) => tokenBy(keys[0], linkId),
    tokenBehind: (linkId, hash) =>
      keys.map((key) => tokenBy(key, linkId)).find((token) => hashOfToken(token).equals(hash)),
  }
}

/** Under what a link's text is known. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
