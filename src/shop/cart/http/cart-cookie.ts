import { cookiesOf, hostCookie } from '../../../platform/http/headers.ts'
import type { Signer } from '../../../platform/signer.ts'
import { VISITOR_CART_DAYS } from '../rules/cart.ts'

/** The cookie by which a visitor's cart is found again. It names the cart and is signed, so nobody names another's. */
export interface CartCookies {
  /** @param header the request's Cookie header */
  read(header: string | undefined): string | undefined
  /** A Set-Cookie header that keeps the cart for another thirty days. */
  keep(cartId: string): string
  /** A Set-Cookie header that forgets it. */
  forget(): string
}

const PREFIX = 'cart1:'
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u

/** @param secure reached by https: the cookie is then bound to it, and to this very host */
export function cartCookies(signer: Signer, secure: boolean): CartCookies {
  const cookie = hostCookie('pillivery-cart', secure)
  return {
    read: (header) => {
      for (const value of cookiesOf(header, cookie.name)) {
        const text = signer.verify(decoded(value))
        const id = text?.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined
        if (id !== undefined && UUID.test(id)) return id
      }
      return undefined
    },
    keep: (cartId) => {
      const value = encodeURIComponent(signer.sign(`${PREFIX}${cartId}`))
      return cookie.set(value, VISITOR_CART_DAYS * 24 * 60 * 60)
    },
    forget: () => cookie.set('', 0),
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
