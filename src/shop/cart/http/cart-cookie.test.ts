import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { createSigner } from '../../../platform/signer.ts'
import { cartCookies } from './cart-cookie.ts'

const signer = createSigner(randomBytes(32).toString('base64url'), 'cart')
const cookies = cartCookies(signer, false)
const pair = (setCookie: string) => setCookie.split(';')[0] ?? ''

describe('the cookie of a visitor’s cart', () => {
  it('comes back among others, and is kept from scripts and other sites', () => {
    const id = newId()
    const kept = cookies.keep(id)
    expect(kept).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/)
    expect(cookies.read(`theme=dark; ${pair(kept)}; x`)).toBe(id)
    expect(cookies.read(pair(cookies.forget()))).toBeUndefined()
    expect(cookies.forget()).toMatch(/Max-Age=0$/)
  })

  it('is bound to https and this host where customers come by https', () => {
    const secured = cartCookies(signer, true)
    const kept = secured.keep(newId())
    expect(kept).toMatch(/^__Host-pillivery-cart=.*; Path=\/; .*; Secure/)
    expect(secured.read(pair(cookies.keep(newId())))).toBeUndefined()
  })

  it('that nobody here has signed names no cart', () => {
    const id = newId()
    const value = (signed: string) => `pillivery-cart=${encodeURIComponent(signed)}`
    const foreign = createSigner(randomBytes(32).toString('base64url'), 'cart')
    for (const header of [
      undefined,
      '',
      'pillivery-cart',
      'pillivery-cart=%E0%A4%A',
      value(`cart1:${id}`),
      value(foreign.sign(`cart1:${id}`)),
      value(signer.sign(id)),
      value(signer.sign('cart1:1 or 1=1')),
      `${pair(cookies.keep(id))}x`,
    ])
      expect(cookies.read(header)).toBeUndefined()
    // A bad one beside the good one does not hide it.
    expect(cookies.read(`${value('x')}; ${pair(cookies.keep(id))}`)).toBe(id)
  })
})
