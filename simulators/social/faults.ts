import type { Brand } from './people.ts'

/**
 * What can go wrong at a provider until it is told otherwise:
 * `down` drops every connection, `broken` answers 500, the others damage the ID token or say no.
 */
export const FAULTS = [
  'none',
  'down',
  'broken',
  'other_nonce',
  'other_issuer',
  'other_audience',
  'old_token',
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
    case 'down':
    case 'broken':
    case 'refuses_token':
      return undefined
  }
}
