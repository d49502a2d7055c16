import { findPackageJSON } from 'node:module'
import type { LoginProviderSettings, ProviderName } from '../identity/index.ts'
import {
  notOverTheNetwork,
  oneOf,
  optional,
  publishedForTests,
  setting,
  text,
  url,
  type ValuesOf,
  whole,
} from '../platform/settings.ts'
import type { Config } from './config.ts'
import { wantsDemo } from './demo/wanted.ts'

const SIMULATED = publishedForTests(/^simulated/i)
const address = url('http:', 'https:')
const real = { refuse: notOverTheNetwork }

const clientId = (name: string, title: string) =>
  optional(name, `Client id at ${title}; without it ${title} is not offered for logins`, text, {
    refuse: SIMULATED,
  })
const clientSecret = (name: string, title: string) =>
  optional(name, `Client secret at ${title}`, text, { secret: true, refuse: SIMULATED })
const issuer = (name: string, title: string, fallback: string) =>
  setting(name, fallback, `Where ${title} is found (OpenID Connect issuer)`, address, real)

/** Settings of logins at Google, Kakao and Naver. */
export const LOGIN_SETTINGS = {
  socialPort: setting(
    'SOCIAL_PORT',
    '8091',
    'Port of the simulated login providers, which run with the demo data while no real one is set; 0: none',
    whole(0, 65_535),
  ),
  googleClientId: clientId('GOOGLE_CLIENT_ID', 'Google'),
  googleClientSecret: clientSecret('GOOGLE_CLIENT_SECRET', 'Google'),
  googleIssuer: issuer('GOOGLE_ISSUER', 'Google', 'https://accounts.google.com'),
  kakaoClientId: clientId('KAKAO_CLIENT_ID', 'Kakao'),
  kakaoClientSecret: clientSecret('KAKAO_CLIENT_SECRET', 'Kakao'),
  kakaoIssuer: issuer('KAKAO_ISSUER', 'Kakao', 'https://kauth.kakao.com'),
  kakaoProfileUrl: setting(
    'KAKAO_PROFILE_URL',
    'https://kapi.kakao.com/v2/user/me',
    'Where Kakao tells the profile of somebody who has logged in',
    address,
    real,
  ),
  kakaoAdminKey: optional(
    'KAKAO_ADMIN_KEY',
    'With which Kakao proves itself when somebody cuts the connection there; without it that is not heard',
    text,
    { secret: true, refuse: SIMULATED },
  ),
  naverClientId: clientId('NAVER_CLIENT_ID', 'Naver'),
  naverClientSecret: clientSecret('NAVER_CLIENT_SECRET', 'Naver'),
  naverIssuer: issuer('NAVER_ISSUER', 'Naver', 'https://nid.naver.com'),
  naverProfileUrl: setting(
    'NAVER_PROFILE_URL',
    'https://openapi.naver.com/v1/nid/me',
    'Where Naver tells the profile of somebody who has logged in',
    address,
    real,
  ),
  naverProtocol: setting(
    'NAVER_PROTOCOL',
    'openid',
    'How to log in at Naver: `openid`, or `oauth2` for applications without OpenID Connect. Logins of one are not found by the other',
    oneOf('openid', 'oauth2'),
  ),
} as const

type LoginSettings = ValuesOf<typeof LOGIN_SETTINGS>

/** Settings that are right alone, but not together. */
export function loginContradictions(values: Partial<LoginSettings>): string[] {
  const pairs = [
    ['GOOGLE', values.googleClientId, values.googleClientSecret],
    ['KAKAO', values.kakaoClientId, values.kakaoClientSecret],
    ['NAVER', values.naverClientId, values.naverClientSecret],
  ] as const
  return pairs.flatMap(([name, id, secret]) => {
    if (id !== undefined && secret === undefined) return [`${name}_CLIENT_ID: needs ${name}_CLIENT_SECRET`]
    if (id === undefined && secret !== undefined) return [`${name}_CLIENT_SECRET: needs ${name}_CLIENT_ID`]
    return []
  })
}

/** What the simulated providers take. */
const SIMULATED_CLIENT = { clientId: 'simulated-client', clientSecret: 'simulated-secret' } as const

/** Where the simulated providers are when this process is to have them: for the demo, with no real one set. */
export function simulatedLogins(settings: LoginSettings, demo: boolean): string | undefined {
  const { googleClientId, kakaoClientId, naverClientId, socialPort } = settings
  const isSet = [googleClientId, kakaoClientId, naverClientId].some((id) => id !== undefined)
  return isSet || !demo || socialPort === 0 ? undefined : `http://127.0.0.1:${socialPort}`
}

/** What the simulator stands on. It is for development only, and not there after `npm ci --omit=dev`. */
const STANDS_ON = 'oidc-provider'

/** The simulated login providers of a process: where they are, or why logins at providers are not offered. */
export type PlayedLogins = { kind: 'played'; url: string } | { kind: 'missing' } | { kind: 'none' }

/** Whether the login providers are played, as far as they are wanted (`simulatedLogins`) and installed. */
export function playedLogins(settings: LoginSettings, process: Config): PlayedLogins {
  const url = simulatedLogins(settings, wantsDemo(process))
  if (url === undefined) return { kind: 'none' }
  return isInstalled() ? { kind: 'played', url } : { kind: 'missing' }
}

function isInstalled(): boolean {
  try {
    return findPackageJSON(STANDS_ON, import.meta.url) !== undefined
  } catch {
    return false
  }
}

/** The providers that are offered, and how to speak with them. */
export function loginProviders(
  settings: LoginSettings,
  simulated: string | undefined,
): Partial<Record<ProviderName, LoginProviderSettings>> {
  const { naverProtocol } = settings
  if (simulated !== undefined)
    return {
      google: { ...SIMULATED_CLIENT, issuer: `${simulated}/google`, protocol: 'openid' },
      kakao: {
        ...SIMULATED_CLIENT,
        issuer: `${simulated}/kakao`,
        profileUrl: `${simulated}/kakao/v2/user/me`,
        protocol: 'openid',
      },
      naver: {
        ...SIMULATED_CLIENT,
        issuer: `${simulated}/naver`,
        profileUrl: `${simulated}/naver/v1/nid/me`,
        protocol: naverProtocol,
      },
    }
  const { googleClientId, googleClientSecret, kakaoClientId, kakaoClientSecret } = settings
  const { naverClientId, naverClientSecret } = settings
  return {
    ...(googleClientId !== undefined && googleClientSecret !== undefined
      ? {
          google: {
            clientId: googleClientId,
            clientSecret: googleClientSecret,
            issuer: settings.googleIssuer,
            protocol: 'openid',
          },
        }
      : {}),
    ...(kakaoClientId !== undefined && kakaoClientSecret !== undefined
      ? {
          kakao: {
            clientId: kakaoClientId,
            clientSecret: kakaoClientSecret,
            issuer: settings.kakaoIssuer,
            profileUrl: settings.kakaoProfileUrl,
            protocol: 'openid',
          },
        }
      : {}),
    ...(naverClientId !== undefined && naverClientSecret !== undefined
      ? {
          naver: {
            clientId: naverClientId,
            clientSecret: naverClientSecret,
            issuer: settings.naverIssuer,
            profileUrl: settings.naverProfileUrl,
            protocol: naverProtocol,
          },
        }
      : {}),
  }
}
