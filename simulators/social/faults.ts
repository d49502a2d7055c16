import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import type { Brand } from './people.ts'

/**
 * What can go wrong at a provider until it is told otherwise:
 * `down` drops every connection, `broken` answers 500, the others damage the ID token or say no: its claims
 * (`other_…`, `old_token`), its signature (`tampered`: claims of somebody else under it; `other_key`: by a key of one's
 * own that calls itself the provider's; `unsigned`: none, as `alg: none` allows).
 */
export const FAULTS = [
  'none',
  'down',
  'broken',
  'other_nonce',
  'other_issuer',
  'other_audience',
  'old_token',
  'tampered',
  'other_key',
  'unsigned',
  'refuses_token',
] as const
export type Fault = (typeof FAULTS)[number]

export type Faults = Map<Brand, Fault>

/** What is changed in the claims of an ID token, which is then signed anew by the same key. */
export function damaged(claims: Record<string, unknown>, fault: Fault): Record<string, unknown> | undefined {
  switch (fault) {
    case 'other_nonce':
      return { ...claims, nonce: 'of-somebody-else' }
    case 'other_issuer':
      return { ...claims, iss: 'https://issuer.invalid' }
    case 'other_audience':
      return { ...claims, aud: 'another-client' }
    case 'old_token':
      return { ...claims, iat: 1_700_000_000, exp: 1_700_000_600 }
    case 'none':
    case 'tampered':
    case 'other_key':
    case 'unsigned':
    case 'down':
    case 'broken':
    case 'refuses_token':
      return undefined
  }
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An ID token with another signature than its own; undefined for faults that leave it. */
export async function forged(token: string, fault: Fault): Promise<string | undefined> {
  const claims = decodeJwt(token)
  switch (fault) {
    case 'tampered': {
      const [head, , signature] = token.split('.')
      return [head, part({ ...claims, sub: 'somebody-else' }), signature].join('.')
    }
    case 'other_key': {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
      const { kid = '' } = decodeProtectedHeader(token)
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
    }
    case 'unsigned':
      return new UnsecuredJWT(claims).encode()
    default:
      return undefined
  }
}
