/**
 * Who a login provider says somebody is, from its own words. Only `subject` identifies; everything else is a
 * suggestion for the sign-up form, where the usual rules look at it again.
 */

/** The providers, in the order in which they are offered. */
export const PROVIDERS = ['kakao', 'naver', 'google'] as const
export type ProviderName = (typeof PROVIDERS)[number]

export interface SocialPerson {
  /** The provider's own and lasting name for the person. */
  subject: string
  email: string | null
  /** Whether the provider has made sure that the person reads this mail. */
  emailVerified: boolean
  name: string | null
  /** As the provider writes it. */
  phone: string | null
}

/** Claims of an ID token, or members of a profile. */
type Said = Readonly<Record<string, unknown>>

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const inner = (value: unknown): Said =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** Google says it all in the ID token. */
export function googlePerson(subject: string, claims: Said): SocialPerson {
  return {
    subject,
    email: text(claims.email),
    emailVerified: claims.email_verified === true,
    name: text(claims.name),
    phone: null,
  }
}

/**
 * Kakao: an e-mail counts as verified only if it is valid, too; what the person keeps to themselves is missing.
 * Undefined for the profile of somebody else.
 */
export function kakaoPerson(subject: string, profile: Said): SocialPerson | undefined {
  if (String(profile.id) !== subject) return undefined
  const account = inner(profile.kakao_account)
  return {
    subject,
    email: text(account.email),
    emailVerified: account.is_email_valid === true && account.is_email_verified === true,
    name: text(account.name) ?? text(inner(account.profile).nickname),
    phone: text(account.phone_number),
  }
}

/**
 * Naver: says nothing of whether an e-mail is verified, so that none is. By plain OAuth 2 the profile alone tells who
 * it is. Undefined when it is not one.
 */
export function naverPerson(subject: string | undefined, profile: Said): SocialPerson | undefined {
  const said = inner(profile.response)
  const own = text(said.id)
  if (profile.resultcode !== '00' || own === null) return undefined
  return {
    subject: subject ?? own,
    email: text(said.email),
    emailVerified: false,
    name: text(said.name) ?? text(said.nickname),
    phone: text(said.mobile) ?? text(said.mobile_e164),
  }
}
