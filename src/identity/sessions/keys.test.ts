import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keysFromText, loadOrCreateKeyPair, newPrivateKeyPem } from './keys.ts'

describe('keys from text', () => {
  const pair = generateKeyPairSync('ed25519').privateKey
  const pem = pair.export({ type: 'pkcs8', format: 'pem' }).toString()
  const jwk = pair.export({ format: 'jwk' })

  it('are the same from PEM, JWK and JWK set', async () => {
    const keys = await keysFromText(pem)
    expect((await keysFromText(JSON.stringify(jwk))).kid).toBe(keys.kid)
    expect((await keysFromText(` ${JSON.stringify({ keys: [jwk] })}`)).kid).toBe(keys.kid)
  })

  it('publish the public half only', async () => {
    const { jwks, kid } = await keysFromText(pem)
    expect(jwks.keys).toEqual([{ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid, alg: 'EdDSA', use: 'sig' }])
  })

  it('may be several: the first signs, all verify', async () => {
    const next = newPrivateKeyPem()
    const both = await keysFromText(`${next}\n${pem}`)
    expect(both.kid).toBe((await keysFromText(next)).kid)
    expect(both.jwks.keys.map((key) => key.kid)).toEqual([both.kid, (await keysFromText(pem)).kid])
  })

  it.each([
    ['nothing', ''],
    [
      'a public key',
      generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ],
    [
      'an RSA key',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    ['broken JSON', '{"kty":'],
    ['a JWK set without a list', '{"keys":1}'],
  ])('are refused when they are %s', async (_name, text) => {
    await expect(keysFromText(text)).rejects.toThrow(/JWT_PRIVATE_KEY/)
  })

  it('never show up in the message of a refusal', async () => {
    const broken = pem.replace(/\n/, '\nMC4!')
    const error: unknown = await keysFromText(broken).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    for (const line of pem.split('\n').slice(1, -2)) expect(String(error)).not.toContain(line)
  })
})

describe('a kept key pair', () => {
  let parent: string
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'identity-keys-'))
  })
  afterAll(() => rm(parent, { recursive: true }))

  it('is made once, also by processes starting together, and readable by its owner only', async () => {
    const folder = join(parent, 'a', 'b')
    const all = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeyPair(folder)))
    expect(new Set(all.map((keys) => keys.kid)).size).toBe(1)
    expect((await loadOrCreateKeyPair(folder)).kid).toBe(all[0]?.kid)
    const files = await readdir(folder)
    expect(files).toHaveLength(1)
    expect((await stat(join(folder, files[0] ?? ''))).mode & 0o777).toBe(0o600)
  })
})
