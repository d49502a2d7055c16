import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCipher, loadOrCreateCipherKey } from './cipher.ts'

const key = () => randomBytes(32).toString('base64url')

describe('the cipher', () => {
  it('gives back what it took, never the same form twice, and never the plain text', () => {
    const cipher = createCipher(key())
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), (text, context) => {
        const stored = cipher.encrypt(text, context)
        expect(cipher.decrypt(stored, context)).toBe(text)
        expect(cipher.encrypt(text, context)).not.toBe(stored)
        expect(stored).not.toContain(text)
      }),
    )
  })

  it('refuses another context, a changed text and an unknown key', () => {
    const cipher = createCipher(key())
    const stored = cipher.encrypt('S1234567890987654321', 'row-1')
    expect(() => cipher.decrypt(stored, 'row-2')).toThrow()
    const last = stored.at(-1) === 'A' ? 'B' : 'A'
    expect(() => cipher.decrypt(stored.slice(0, -2) + last + stored.slice(-1), 'row-1')).toThrow()
    expect(() => createCipher(key()).decrypt(stored, 'row-1')).toThrow('not known')
  })

  it('marks a text: always the same for one context and key, another for any other', () => {
    const [own, other] = [key(), key()]
    const mark = (text: string, context = 'row-1', keys = own) => createCipher(keys).mark(text, context)
    expect(mark('01012345678')).toBe(mark('01012345678', 'row-1', `${own},${other}`))
    const others = [mark('01012345679'), mark('01012345678', 'row-2'), mark('01012345678', 'row-1', other)]
    expect(new Set([mark('01012345678'), ...others]).size).toBe(4)
    expect(mark('b', 'a')).not.toBe(mark('', 'ab'))
    expect(mark('01012345678')).toMatch(/^[\w-]{43}$/)
  })

  it('reads texts of an older key after a replacement', () => {
    const old = key()
    const stored = createCipher(old).encrypt('secret', 'c')
    const replaced = createCipher(`${key()},${old}`)
    expect(replaced.decrypt(stored, 'c')).toBe('secret')
  })

  it.each([
    ['short', 'short'],
    ['none', ''],
    ['in letters of no base64', `${key().slice(0, 42)}*`],
    ['with letters in between that Node would skip', `${key().slice(0, 20)} ${key().slice(20)}`],
    ['of zeros', 'A'.repeat(43)],
    ['of one letter', Buffer.alloc(32, 'k').toString('base64url')],
    ['good and bad', `${key()},short`],
  ])('refuses a key that is %s', (_what, keys) => {
    expect(() => createCipher(keys)).toThrow('32 random bytes')
  })

  it.each(['base64', 'base64url'] as const)('takes keys as openssl writes them and as we do: %s', (form) => {
    expect(createCipher(randomBytes(32).toString(form)).encrypt('a', 'b')).toMatch(/^v1\./)
  })

  it('makes one key for a folder, also when two start at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pillivery-key-'))
    const keys = await Promise.all([loadOrCreateCipherKey(folder), loadOrCreateCipherKey(folder)])
    expect(keys[0]).toBe(keys[1])
    expect(await loadOrCreateCipherKey(folder)).toBe(keys[0])
    expect((await stat(join(folder, 'token.key'))).mode & 0o777).toBe(0o600)
    await rm(folder, { recursive: true })
  })
})
