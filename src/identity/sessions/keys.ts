import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, type JWK } from 'jose'
import { newId } from '../../platform/ids.ts'
import { UserError } from '../../platform/user-error.ts'

/** What signs access tokens, and what the world may know of it. */
export interface SigningKeys {
  kid: string
  privateKey: KeyObject
  /** Former keys: what was made by them is still taken. */
  former: readonly KeyObject[]
  /** Public halves: of the signing key first, then of former keys whose tokens are still accepted. */
  jwks: JSONWebKeySet
}

/**
 * Reads Ed25519 private keys from PEM (PKCS #8), a JWK or a JWK set. The first one signs; further ones only verify,
 * so that a key can be replaced without signing anybody out: put the new one in front, drop the old one 30 minutes
 * later.
 * @throws UserError when there is no key, or one of another kind
 */
export async function keysFromText(text: string): Promise<SigningKeys> {
  const privateKeys = text.trimStart().startsWith('{') ? fromJwks(text) : fromPem(text)
  const [privateKey, ...former] = privateKeys
  if (!privateKey) throw new UserError('JWT_PRIVATE_KEY holds no private key (PEM or JWK expected)')
  if (privateKeys.some((key) => key.type !== 'private' || key.asymmetricKeyType !== 'ed25519')) {
    throw new UserError('JWT_PRIVATE_KEY must be an Ed25519 private key: openssl genpkey -algorithm ed25519')
  }
  const publicKeys = await Promise.all(privateKeys.map(publicJwk))
  return { kid: publicKeys[0]?.kid ?? '', privateKey, former, jwks: { keys: publicKeys } }
}

function fromPem(text: string): KeyObject[] {
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----/g) ?? []
  return blocks.map((pem) => readKey(() => createPrivateKey(pem)))
}

function fromJwks(text: string): KeyObject[] {
  return readKey(() => {
    const parsed: unknown = JSON.parse(text)
    const keys = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : [parsed]
    if (!Array.isArray(keys)) throw new TypeError('"keys" is not a list')
    return keys.map((key: JWK) => createPrivateKey({ key, format: 'jwk' }))
  })
}

function readKey<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    // The cause is not passed on: parsers like to quote their input, and that is a secret.
    throw new UserError(
      `JWT_PRIVATE_KEY cannot be read as a private key (${error instanceof Error ? error.name : 'error'})`,
    )
  }
}

async function publicJwk(privateKey: KeyObject): Promise<JWK & { kid: string }> {
  const jwk = await exportJWK(createPublicKey(privateKey))
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' }
}

/** A fresh Ed25519 private key as PEM (PKCS #8), as `keysFromText` reads it. */
export function newPrivateKeyPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

const KEY_FILE = 'access-token-key.pem'

/**
 * The key pair of an installation that is given none: made at the first start and kept in the folder, readable by
 * its owner only. Processes starting at the same time agree on one.
 */
export async function loadOrCreateKeyPair(folder: string): Promise<SigningKeys> {
  const file = join(folder, KEY_FILE)
  const kept = await readIfThere(file)
  if (kept !== undefined) return keysFromText(kept)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `.${KEY_FILE}.${newId()}`)
  await writeFile(draft, newPrivateKeyPem(), { mode: 0o600, flag: 'wx' })
  try {
    // A link appears whole or not at all, and only one process can make it.
    await link(draft, file)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  return keysFromText(await readFile(file, 'utf8'))
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
