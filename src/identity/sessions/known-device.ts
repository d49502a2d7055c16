import { createHash, randomBytes } from 'node:crypto'
import { cookiesOf, hostCookie } from '../../platform/http/headers.ts'
import type { Signer } from '../../platform/signer.ts'

/**
 * Browsers from which an account has been entered before. Each carries a signed cookie that names the account (by a
 * hash of its e-mail) and itself. It opens nothing; but tries from it are counted apart from those of strangers, so
 * that a storm of wrong passwords from everywhere does not keep the owner out.
 */
export interface KnownDevices {
  /** The device's own name, if this browser is known for the e-mail. */
  idOf(cookies: string | undefined, email: string): string | undefined
  /** A Set-Cookie header for a browser that has just proved the password. */
  keep(email: string): string
}

const PREFIX = 'device1'
const KEPT_SECONDS = 180 * 24 * 60 * 60

/** @param secure reached by https: the cookie is then bound to it, and to this very host */
export function knownDevices(signer: Signer, secure: boolean): KnownDevices {
  const cookie = hostCookie('pillivery-device', secure)
  const hashOf = (email: string) =>
    createHash('sha256').update(email.trim().toLowerCase()).digest('base64url')
  return {
    idOf: (cookies, email) => {
      for (const value of cookiesOf(cookies, cookie.name)) {
        const [prefix, account, id] = signer.verify(value)?.split(':') ?? []
        if (prefix === PREFIX && account === hashOf(email)) return id
      }
      return undefined
    },
    keep: (email) => {
      const id = randomBytes(16).toString('base64url')
      return cookie.set(signer.sign(`${PREFIX}:${hashOf(email)}:${id}`), KEPT_SECONDS)
    },
  }
}
