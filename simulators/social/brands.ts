import { type Brand, type Item, kakaoPhone, naverPhone, type Person } from './people.ts'

/** What is peculiar to a provider. */
export interface Peculiarities {
  title: string
  /** Paths below the provider's own, as the real one has them. */
  routes: { authorization: string; token: string; jwks: string; userinfo: string }
  scopes: readonly string[]
  /** What may be refused on its page. */
  optional: readonly Item[]
  /** What its ID token says besides `sub`. */
  claims(person: Person, refused: ReadonlySet<Item>): Record<string, string | boolean>
  /** Where the profile is asked for with an access token, and what it answers. Google's is the ID token alone. */
  profile?: { path: string; of(person: Person, refused: ReadonlySet<Item>): object }
}

export const PECULIAR: Readonly<Record<Brand, Peculiarities>> = {
  google: {
    title: 'Google',
    routes: { authorization: '/o/oauth2/v2/auth', token: '/token', jwks: '/certs', userinfo: '/userinfo' },
    scopes: ['openid', 'email', 'profile'],
    optional: [],
    claims: ({ email, emailVerified, name }) => ({ email, email_verified: emailVerified, name }),
  },
  kakao: {
    title: 'Kakao',
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      jwks: '/.well-known/jwks.json',
      userinfo: '/v1/oidc/userinfo',
    },
    scopes: ['openid', 'profile_nickname', 'account_email', 'name', 'phone_number'],
    optional: ['email', 'name', 'phone'],
    // Its ID token never says whether the e-mail is verified.
    claims: ({ email, name }, refused) => ({ nickname: name, ...(refused.has('email') ? {} : { email }) }),
    profile: { path: '/v2/user/me', of: kakaoProfile },
  },
  naver: {
    title: 'Naver',
    routes: {
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      jwks: '/oauth2/jwks',
      userinfo: '/oauth2/userinfo',
    },
    scopes: ['openid'],
    optional: ['email', 'name', 'phone'],
    claims: () => ({}),
    profile: { path: '/v1/nid/me', of: naverProfile },
  },
}

function kakaoProfile({ id, name, email, emailVerified, phone }: Person, refused: ReadonlySet<Item>): object {
  return {
    id: Number(id),
    connected_at: '2026-01-02T03:04:05Z',
    kakao_account: {
      profile_nickname_needs_agreement: false,
      profile: { nickname: name },
      email_needs_agreement: refused.has('email'),
      ...(refused.has('email')
        ? {}
        : { is_email_valid: true, is_email_verified: emailVerified, email, has_email: true }),
      name_needs_agreement: refused.has('name'),
      ...(refused.has('name') ? {} : { name }),
      phone_number_needs_agreement: refused.has('phone'),
      ...(refused.has('phone') ? {} : { phone_number: kakaoPhone(phone) }),
    },
  }
}

function naverProfile({ id, name, email, phone }: Person, refused: ReadonlySet<Item>): object {
  return {
    resultcode: '00',
    message: 'success',
    response: {
      id,
      ...(refused.has('email') ? {} : { email }),
      ...(refused.has('name') ? {} : { name }),
      ...(refused.has('phone') ? {} : { mobile: naverPhone(phone), mobile_e164: `+82${phone.slice(1)}` }),
    },
  }
}

/** The old way to Naver's door: OAuth 2 without an ID token and without PKCE. */
export const NAVER_PLAIN = { authorization: '/oauth2.0/authorize', token: '/oauth2.0/token' } as const
