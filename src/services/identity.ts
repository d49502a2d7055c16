import {
  createIdentity,
  type Identity,
  identitySchema,
  keysFromText,
  loadOrCreateKeyPair,
} from '../identity/index.ts'
import { requireFreePort } from '../platform/process/port.ts'
import { anyOf, guessable, optional, setting, text, whole } from '../platform/settings.ts'
import { linkAddressesModule, recipientsModule } from './between/internal.ts'
import { recipientOf } from './between/recipients.ts'
import { passwordsModule } from './between/self-check.ts'
import { DEMO_ACCOUNTS, demoAccounts } from './demo/accounts.ts'
import { wantsDemo } from './demo/wanted.ts'
import { LOGIN_SETTINGS, loginContradictions, loginProviders, playedLogins } from './login-settings.ts'
import { defineService } from './service.ts'
import { simulatorModule } from './simulator.ts'

export type IdentityFace = Identity

/** The key of 32 zero bytes, in either form, is the first that everybody tries. */
function zeroKey(value: string): string | undefined {
  return /A{30}/.test(value) ? 'is no random key' : undefined
}

const NOT_INSTALLED =
  'Google, Kakao and Naver are not offered: what plays them is not installed (npm ci without --omit=dev brings it)'

const IDENTITY_SETTINGS = {
  jwtPrivateKey: optional(
    'JWT_PRIVATE_KEY',
    'Ed25519 key (PEM or JWK) that signs access tokens; generated in DATA_DIR, required in production',
    text,
    { secret: true, production: true, refuse: anyOf(guessable, zeroKey) },
  ),
  loginPerMinute: setting(
    'LOGIN_PER_MINUTE',
    '10',
    'Login tries a minute for one address and e-mail',
    whole(1, 1_000_000),
  ),
  signUpPerMinute: setting(
    'SIGN_UP_PER_MINUTE',
    '10',
    'Sign-ups a minute from one address',
    whole(1, 1_000_000),
  ),
  ...LOGIN_SETTINGS,
} as const

/** Accounts, login and roles. */
export const identityService = defineService({
  name: 'identity',
  about: 'accounts, login, roles; signs access tokens',
  schemas: [identitySchema],
  tells: ['identity.account.', 'identity.link.', 'identity.session.'],
  hears: [],
  commands: [],
  settings: IDENTITY_SETTINGS,
  contradictions: (values) => loginContradictions(values),
  beforeStart: async (settings, process) => {
    if (process.role !== 'api' && playedLogins(settings, process).kind === 'played')
      await requireFreePort('127.0.0.1', settings.socialPort, 'SOCIAL_PORT')
  },
  create: async (world, settings) => {
    const { process, roles, database, endedSessions, tokens, redis, clock, log, secretsFolder, publicUrl } =
      world
    const { jwtPrivateKey, loginPerMinute, signUpPerMinute, kakaoAdminKey, socialPort } = settings
    const played = playedLogins(settings, process)
    if (played.kind === 'missing') log.warn(NOT_INSTALLED)
    const simulated = played.kind === 'played' ? played.url : undefined
    const keys =
      jwtPrivateKey === undefined
        ? await loadOrCreateKeyPair(secretsFolder)
        : await keysFromText(jwtPrivateKey)
    const identity = createIdentity({
      db: database.db,
      endedSessions,
      clock,
      log,
      redis,
      settings: {
        keys,
        ...tokens,
        publicUrl,
        loginPerMinute,
        signUpPerMinute,
        logins: loginProviders(settings, simulated),
        kakaoAdminKey,
      },
    })
    // One process has them: the one that works.
    const simulator =
      simulated === undefined || !roles.worker
        ? []
        : [
            simulatorModule({
              name: 'logins',
              script: 'simulators/social/main.ts',
              args: ['--port', String(socialPort), '--return-to', new URL(publicUrl).origin],
              url: simulated,
              log,
              needed: false,
            }),
          ]
    return {
      modules: [
        ...simulator,
        identity.module,
        recipientsModule((id) => recipientOf(identity, id)),
        passwordsModule(identity),
        linkAddressesModule((id) => identity.linkAddress(id)),
      ],
      face: identity,
      fillDemo: async (say) => {
        const accounts = demoAccounts()
        const last = accounts.at(-1)
        if (last === undefined || (await identity.hasAccount(last.email))) return
        say('Preparing demo accounts')
        for (const account of accounts) await identity.ensureAccount(account)
      },
      welcome: [
        ...(wantsDemo(process)
          ? DEMO_ACCOUNTS.map(({ role, email, password }) => `${role.padEnd(16)} ${email} / ${password}`)
          : []),
        ...(played.kind === 'missing' ? [`${'other logins'.padEnd(16)} ${NOT_INSTALLED}`] : []),
      ],
    }
  },
})
