import { createHash, timingSafeEqual } from 'node:crypto'
import { UserError } from '../user-error.ts'

/** What services of one system prove themselves with to one another, in the place of an access token. */
export interface ServiceCredential {
  accepts(token: string): boolean
  /** What to send as bearer token; undefined when none is set: then nobody is let in as a service. */
  own: string | undefined
}

/**
 * Reads the shared secret of services. Several, separated by commas, for a change without a gap: the first is sent, all
 * are accepted.
 * @throws UserError when one is too short or holds what no bearer token may
 */
export function parseServiceTokens(text: string): readonly string[] {
  const tokens = text.split(',').map((token) => token.trim())
  if (!tokens.every((token) => /^[\w.-]{32,200}$/.test(token)))
    throw new UserError(
      'must be 32 letters or digits or more (openssl rand -hex 32); several separated by commas',
    )
  return tokens
}

/** Knows our own services by any of these tokens, and shows the first. Without tokens nobody is known. */
export function createServiceCredential(tokens: readonly string[] | undefined): ServiceCredential {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const accepted = (tokens ?? []).map(digest)
  return {
    own: tokens?.[0],
    accepts: (token) => {
      if (accepted.length === 0) return false
      const given = digest(token)
      return accepted.some((one) => timingSafeEqual(one, given))
    },
  }
}
