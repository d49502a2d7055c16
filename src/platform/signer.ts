import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { UserError } from './user-error.ts'

/** Signs short texts that a browser keeps for us, so that nobody else can write them. They can be read. */
export interface Signer {
  /** `text.signature`; the text must not be secret. */
  sign(text: string): string
  /** The text, or undefined when we did not sign it. */
  verify(signed: string): string | undefined
}

const KEY_BYTES = 32

/**
 * HMAC-SHA-256 with keys derived (HKDF) for one purpose: what was signed for another is not valid.
 * @param keys base64url keys of 32 bytes, separated by commas, as of {@link createCipher}; the first signs, all verify
 */
export function createSigner(keys: string, purpose: string): Signer {
  const derived = derive(keys, `signer:${purpose}`)
  const [current] = derived
  return {
    sign: (text) => `${text}.${macOf(current, text).toString('base64url')}`,
    verify: (signed) => {
      const end = signed.lastIndexOf('.')
      if (end < 0) return undefined
      const text = signed.slice(0, end)
      // Compared as written: base64url has several spellings of the same bytes.
      const given = Buffer.from(signed.slice(end + 1))
      const known = derived.some((key) => {
        const wanted = Buffer.from(macOf(key, text).toString('base64url'))
        return given.length === wanted.length && timingSafeEqual(given, wanted)
      })
      return known ? text : undefined
    },
  }
}

/**
 * Numbers of 64 bits that stand for texts: of one text always the same, and nothing of it to who does not have the key.
 * @param keys as of {@link createSigner}; the first is used, and with another one all numbers are others
 */
export function createPseudonym(keys: string, purpose: string): (text: string) => bigint {
  const [current] = derive(keys, `pseudonym:${purpose}`)
  return (text) => macOf(current, text).readBigUInt64LE()
}

function derive(keys: string, purpose: string): [Buffer, ...Buffer[]] {
  const [current, ...former] = keys.split(',').map((text) => {
    const key = Buffer.from(text.trim(), 'base64url')
    if (key.length !== KEY_BYTES) throw new UserError('a signing key must be 32 random bytes in base64url')
    return Buffer.from(hkdfSync('sha256', key, '', purpose, KEY_BYTES))
  })
  if (!current) throw new UserError('there is no signing key')
  return [current, ...former]
}

const macOf = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
