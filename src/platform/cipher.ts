import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from './user-error.ts'

/**
 * Encryption of secrets at rest (AES-256-GCM). Stored form: `v1.<key id>.<nonce>.<tag>.<text>` in base64url. The key
 * id lets several keys live side by side: the first encrypts, all decrypt, so that a key can be replaced.
 */
export interface Cipher {
  /** What everything begins with that is encrypted by the key of today. */
  readonly prefix: string
  /** @param context bound to the text: it only decrypts for the same context, e.g. the row's id */
  encrypt(text: string, context: string): string
  /** @throws when the text was changed, the context differs, or its key is not known */
  decrypt(stored: string, context: string): string
  /**
   * Equal texts have equal marks (HMAC-SHA-256) for as long as the first key stays, and without the key nobody can try
   * which text it was.
   */
  mark(text: string, context: string): string
}

const KEY_BYTES = 32
const NONCE_BYTES = 12

/** 32 bytes in base64 or base64url. Node itself would skip letters of neither, and make another key of the rest. */
const KEY_TEXT = /^[A-Za-z0-9_-]{43}$|^[A-Za-z0-9+/]{43}=?$/
/** Random bytes have fewer different ones than this once in 10²⁵ keys; those of a person often. */
const LEAST_DIFFERENT_BYTES = 12

/**
 * Checks keys as they are set.
 * @throws UserError when one is not 32 random bytes in base64url
 */
export function cipherKeys(keys: string): string {
  for (const text of keys.split(',').map((part) => part.trim())) {
    const key = KEY_TEXT.test(text) ? Buffer.from(text, 'base64url') : undefined
    if (key?.length !== KEY_BYTES || new Set(key).size < LEAST_DIFFERENT_BYTES)
      throw new UserError('must be 32 random bytes in base64url: openssl rand -base64 32')
  }
  return keys
}

/** @param keys base64url keys of 32 bytes, separated by commas; the first encrypts */
export function createCipher(keys: string): Cipher {
  const list = cipherKeys(keys).split(',')
  const known = list.map((text) => Buffer.from(text.trim(), 'base64url'))
  const byId = new Map(known.map((key) => [keyId(key), key]))
  const [currentKey] = known
  if (!currentKey) throw new UserError('there is no key')
  const prefix = `v1.${keyId(currentKey)}.`
  const markKey = keyFor(keys, 'cipher:marks')
  return {
    prefix,
    encrypt: (text, context) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return prefix + [nonce, cipher.getAuthTag(), body].map((part) => part.toString('base64url')).join('.')
    },
    decrypt: (stored, context) => {
      const [version, id = '', nonce = '', tag = '', body = ''] = stored.split('.')
      const key = byId.get(id)
      if (version !== 'v1' || !key) throw new Error('the key of this secret is not known')
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
        .setAAD(Buffer.from(context))
        .setAuthTag(Buffer.from(tag, 'base64url'))
      return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString(
        'utf8',
      )
    },
    mark: (text, context) =>
      createHmac('sha256', markKey)
        .update(JSON.stringify([context, text]))
        .digest('base64url'),
  }
}

/**
 * The first of the keys, derived (HKDF) for one purpose: what it makes is of no use for another.
 * @param keys as of {@link createCipher}
 */
export function keyFor(keys: string, purpose: string): Buffer {
  const [first = ''] = cipherKeys(keys).split(',')
  return Buffer.from(hkdfSync('sha256', Buffer.from(first.trim(), 'base64url'), '', purpose, KEY_BYTES))
}

function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 8)
}

/** The key of the embedded form: generated once, kept in the folder, readable by its owner only. */
export async function loadOrCreateCipherKey(folder: string, name = 'token'): Promise<string> {
  const path = join(folder, `${name}.key`)
  const existing = await readFile(path, 'utf8').catch(() => '')
  if (existing.trim() !== '') return existing.trim()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Written whole under another name, then linked: of two processes starting at once one key wins, and nobody ever
  // reads half a file.
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64url')}\n`, { mode: 0o600 })
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return (await readFile(path, 'utf8')).trim()
}
