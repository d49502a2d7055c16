import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPseudonym, createSigner } from './signer.ts'

const newKey = () => randomBytes(32).toString('base64url')

describe('a signed text', () => {
  it('is read back by whoever has the key, in any process', () => {
    const key = newKey()
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(createSigner(key, 'cart').verify(createSigner(key, 'cart').sign(text))).toBe(text)
      }),
    )
  })

  it('is refused when one letter of it is another, or it was signed by another key or for another purpose', () => {
    const key = newKey()
    const signer = createSigner(key, 'cart')
    const signed = signer.sign('0198-abc')
    for (let place = 0; place < signed.length; place++) {
      const other = signed[place] === 'A' ? 'B' : 'A'
      expect(signer.verify(`${signed.slice(0, place)}${other}${signed.slice(place + 1)}`)).toBeUndefined()
    }
    for (const text of ['', '.', 'x', signed.slice(0, -1), `${signed}A`, `${signed}=`])
      expect(signer.verify(text)).toBeUndefined()
    expect(createSigner(newKey(), 'cart').verify(signed)).toBeUndefined()
    expect(createSigner(key, 'session').verify(signed)).toBeUndefined()
  })

  it('outlives a replaced key for as long as the old one is still named', () => {
    const [old, next] = [newKey(), newKey()]
    const signed = createSigner(old, 'cart').sign('text')
    const both = createSigner(`${next}, ${old}`, 'cart')
    expect(both.verify(signed)).toBe('text')
    expect(createSigner(next, 'cart').verify(both.sign('text'))).toBe('text')
    expect(createSigner(next, 'cart').verify(signed)).toBeUndefined()
  })

  it('needs keys of 32 bytes', () => {
    expect(() => createSigner('c2hvcnQ', 'cart')).toThrow('32 random bytes')
    expect(() => createSigner('', 'cart')).toThrow('32 random bytes')
  })
})

describe('a number that stands for a text', () => {
  it('is the same wherever the key is, and another for another text, key or purpose', () => {
    const key = newKey()
    const number = createPseudonym(key, 'views')('203.0.113.7')
    expect(createPseudonym(`${key},${newKey()}`, 'views')('203.0.113.7')).toBe(number)
    expect(number).toBe(BigInt.asUintN(64, number))
    const others = [
      createPseudonym(key, 'views')('203.0.113.8'),
      createPseudonym(newKey(), 'views')('203.0.113.7'),
      createPseudonym(key, 'other')('203.0.113.7'),
    ]
    expect(others).not.toContain(number)
  })
})
