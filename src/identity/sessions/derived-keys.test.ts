import { describe, expect, it } from 'vitest'
import { keysFor, signerFor } from './derived-keys.ts'
import { keysFromText, newPrivateKeyPem } from './keys.ts'

const [before, after] = [newPrivateKeyPem(), newPrivateKeyPem()]
const read = (...pems: string[]) => keysFromText(pems.join(''))
const signer = async (...pems: string[]) => signerFor(await read(...pems), 'logins', 'logins')

describe('what is made by keys of access tokens', () => {
  it('is understood by every process while they are exchanged', async () => {
    const steps = [[before], [before, after], [after, before], [after]]
    for (const [n, mine] of steps.entries()) {
      // Processes of two steps that follow each other serve side by side.
      for (const theirs of steps.slice(Math.max(0, n - 1), n + 2)) {
        const signed = (await signer(...mine)).sign('login-1')
        expect((await signer(...theirs)).verify(signed)).toBe('login-1')
      }
    }
  })

  it('is not understood any more when the former key is gone, nor for another purpose', async () => {
    const signed = (await signer(before)).sign('login-1')
    expect((await signer(after)).verify(signed)).toBeUndefined()
    expect(signerFor(await read(before), 'known-devices', 'logins').verify(signed)).toBeUndefined()
  })

  it('has keys of its own for each purpose, in the order of those it comes from', async () => {
    const both = keysFor(await read(after, before), 'links')
    expect(both).toEqual([...keysFor(await read(after), 'links'), ...keysFor(await read(before), 'links')])
    expect(keysFor(await read(after), 'logins')).not.toEqual(keysFor(await read(after), 'links'))
  })
})
