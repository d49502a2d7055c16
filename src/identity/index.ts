/** Accounts, login, tokens and roles, shared by the shop and the library. */
import type { JSONWebKeySet } from 'jose'
import type { TokenScope } from '../platform/auth/access-token.ts'
import type { EndedSessions } from '../platform/auth/ended-sessions.ts'
import type { Db } from '../platform/database/database.ts'
import type { SchemaMigrations } from '../platform/database/migrate.ts'
import type { Module } from '../platform/module.ts'
import type { Redis } from '../platform/redis/redis.ts'
import type { RefusedBy } from '../platform/refusal.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Clock } from '../platform/time/clock.ts'
import { ensureAccount, type WantedAccount } from './accounts/ensure-account.ts'
import { createLegalTexts, type LegalTexts } from './accounts/legal-for-pages.ts'
import type { Context } from './context.ts'
import { type Accounts, type AddressBook, createAccounts, createAddressBook } from './http/for-pages.ts'
import { createRateLimits, type RateLimits } from './http/rate-limits.ts'
import { identityRoutes } from './http/routes.ts'
import { createSocialLogins, type SocialLogins } from './http/social-for-pages.ts'
import { socialRoutes } from './http/social-routes.ts'
import { forgetOldLinks } from './links/forget-old-links.ts'
import { linkAddress } from './links/link-address.ts'
import { createLinkSecrets } from './links/link-secrets.ts'
import { createPasswords, type PasswordSettings } from './passwords.ts'
import { identityProblems } from './problems.ts'
import { agreementsRetention, loginsRetention } from './retention.ts'
import { PROVIDERS, type ProviderName } from './rules/social-person.ts'
import { keysFor, signerFor } from './sessions/derived-keys.ts'
import { forgetOldSessions } from './sessions/forget-old-sessions.ts'
import { createIssuer } from './sessions/issue-token.ts'
import type { SigningKeys } from './sessions/keys.ts'
import { knownDevices } from './sessions/known-device.ts'
import { tellEndedSessions } from './sessions/tell-ended-sessions.ts'
import type { SocialDeps } from './social/deps.ts'
import { createOpenIdProvider, type LoginProviderSettings } from './social/openid.ts'
import { provePassword } from './social/prove-password.ts'
import { createSealedThings } from './social/sealed.ts'
import { type Correspondent, correspondentOf, forgetLastLetters } from './store/last-letters.ts'
import { findByEmail, type Profile, readProfile } from './store/profile.ts'

export type { WantedAccount } from './accounts/ensure-account.ts'
export type { Accounts, AddressBook } from './http/for-pages.ts'
export type { SocialLogins } from './http/social-for-pages.ts'
export { LEGAL_KINDS, type LegalKind, type LegalText, type Wording } from './rules/legal-text.ts'
export { BROWSER_LIFE } from './rules/session.ts'
export { PROVIDERS, type ProviderName } from './rules/social-person.ts'
export { keysFromText, loadOrCreateKeyPair, newPrivateKeyPem, type SigningKeys } from './sessions/keys.ts'
export type { LoginProviderSettings } from './social/openid.ts'
export type { WaysIn } from './social/unlink-login.ts'
export type { Profile } from './store/profile.ts'
export { MOST_ADDRESSES, type SavedAddress } from './store/saved-addresses.ts'

export const identitySchema: SchemaMigrations = {
  schema: 'identity',
  folder: new URL('./migrations/', import.meta.url),
}

export interface IdentitySettings extends TokenScope, Partial<RateLimits> {
  /** Where customers reach the system: links in letters lead there. */
  publicUrl: string
  /** From `loadOrCreateKeyPair` or `keysFromText`. */
  keys: SigningKeys
  passwords?: PasswordSettings
  /** Providers with which people may log in. */
  logins?: Partial<Record<ProviderName, LoginProviderSettings>>
  /** With which Kakao proves itself. */
  kakaoAdminKey?: string | undefined
}

export interface Identity {
  module: Module
  /** What anybody needs to check its access tokens. */
  jwks: JSONWebKeySet
  /** Makes sure that an account with these roles exists (demo data, first operator). Gives its id. */
  ensureAccount(wanted: WantedAccount): Promise<string>
  /** What people do with their accounts in a browser. */
  accounts: Accounts
  /** Terms, privacy policy and refund terms by version. */
  legal: LegalTexts
  /** Whom and where to people send parcels. */
  addressBook: AddressBook
  /** The same with logins at providers. */
  social: SocialLogins
  /** Whether somebody has signed up with this e-mail and has not left. */
  hasAccount(email: string): Promise<boolean>
  /** Where letters to an account go; some days also after it was withdrawn. */
  correspondentOf(accountId: string): Promise<Correspondent | undefined>
  /** The profile of a live account, for contexts in the same process that show or prefill it. */
  profileOf(accountId: string): Promise<Profile | undefined>
  /** Whether it is the password of a live account. Refusal: temporarily_unavailable. */
  provePassword(
    accountId: string,
    password: string,
  ): Promise<{ kind: 'proved' } | RefusedBy<typeof provePassword>>
  /** Where the letter of a link leads; undefined when the link is of no use any more. */
  linkAddress(linkId: string): Promise<string | undefined>
}

const LOGINS_PER_MINUTE = 10
const SIGN_UPS_PER_MINUTE = 10
const HOUR_MS = 60 * 60 * 1_000

/** Puts the identity context together. */
export function createIdentity({
  db,
  endedSessions,
  clock,
  log,
  redis,
  settings,
}: {
  db: Db
  endedSessions: EndedSessions
  clock: Clock
  log: Logger
  /** Over which processes count logins together, where one is set. */
  redis: Redis | undefined
  settings: IdentitySettings
}): Identity {
  const { keys, issuer, audience } = settings
  const context: Context = {
    db,
    clock,
    log,
    passwords: createPasswords(settings.passwords),
    endedSessions,
    linkSecrets: createLinkSecrets(keysFor(keys, 'links')),
    publicUrl: settings.publicUrl,
    issueAccessToken: createIssuer({ keys, clock, issuer, audience }),
  }
  const limits: RateLimits = {
    loginPerMinute: settings.loginPerMinute ?? LOGINS_PER_MINUTE,
    signUpPerMinute: settings.signUpPerMinute ?? SIGN_UPS_PER_MINUTE,
  }
  const devices = knownDevices(signerFor(keys, 'known-devices', 'device'), issuer.startsWith('https:'))
  const social: SocialDeps = {
    ...context,
    providers: new Map(
      PROVIDERS.flatMap((name) => {
        const login = settings.logins?.[name]
        return login ? [[name, createOpenIdProvider(name, login, log)] as const] : []
      }),
    ),
    sealed: createSealedThings(signerFor(keys, 'logins', 'logins'), clock),
    returnTo: (provider) => `${settings.publicUrl}/login/${provider}/return`,
  }
  const rateLimits = createRateLimits(limits, devices, redis)
  return {
    accounts: createAccounts(context, rateLimits),
    legal: createLegalTexts(context),
    addressBook: createAddressBook(context),
    social: createSocialLogins(social, rateLimits),
    module: {
      name: 'identity',
      schema: identitySchema,
      prepare: () => tellEndedSessions(db, endedSessions, clock.now()),
      problems: identityProblems,
      routes: (app) => {
        identityRoutes(context, rateLimits, keys.jwks)(app)
        socialRoutes(social, rateLimits, {
          kakaoAdminKey: settings.kakaoAdminKey,
          naver: settings.logins?.naver,
        })(app)
      },
      retention: [loginsRetention, agreementsRetention],
      sweeps: [
        {
          name: 'identity.forget-old-sessions',
          everyMs: HOUR_MS,
          run: () => forgetOldSessions(db, clock.now()),
        },
        {
          name: 'identity.forget-old-links',
          everyMs: HOUR_MS,
          run: () => forgetOldLinks(db, clock.now()),
        },
        {
          name: 'identity.forget-last-letters',
          everyMs: HOUR_MS,
          run: () => forgetLastLetters(db, clock.now()),
        },
      ],
    },
    jwks: keys.jwks,
    ensureAccount: (wanted) => ensureAccount(context, wanted),
    hasAccount: async (email) => (await findByEmail(db, email)) !== undefined,
    correspondentOf: (accountId) => correspondentOf(db, accountId, clock.now()),
    profileOf: (accountId) => readProfile(db, accountId),
    provePassword: (accountId, password) => provePassword(context, accountId, password),
    linkAddress: (linkId) => linkAddress(context, linkId),
  }
}
