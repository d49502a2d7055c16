import * as client from 'openid-client'
import { refused } from '../../platform/refusal.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import {
  googlePerson,
  kakaoPerson,
  naverPerson,
  type ProviderName,
  type SocialPerson,
} from '../rules/social-person.ts'
import type { LoginProvider, LoginRefused } from './provider.ts'

/** How to speak with a provider. */
export interface LoginProviderSettings {
  clientId: string
  clientSecret: string
  /** Without a slash at the end. */
  issuer: string
  /** Where the profile is read with an access token; not needed for Google. */
  profileUrl?: string
  /** OAuth 2 has no ID token: the profile tells who it is. */
  protocol: 'openid' | 'oauth2'
}

const SCOPES: Readonly<Record<ProviderName, string>> = {
  google: 'openid email profile',
  kakao: 'openid profile_nickname account_email name phone_number',
  // Which items Naver asks for is chosen in its console.
  naver: 'openid',
}
/** For each call. People wait. */
const TIMEOUT_SECONDS = 5
/** How far the provider's clock may be from ours. */
const TOLERANCE_SECONDS = 30

/**
 * A provider by OpenID Connect: discovery, PKCE, state and nonce. Its addresses are asked for at the first login, and
 * again as long as there is no answer.
 */
export function createOpenIdProvider(
  name: ProviderName,
  settings: LoginProviderSettings,
  log: Logger,
): LoginProvider {
  const isPlain = settings.protocol === 'oauth2'
  let known: Promise<client.Configuration> | undefined
  const configuration = () => {
    known ??= configure(name, settings).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
  const attempt = async <T>(
    step: string,
    work: () => Promise<T | LoginRefused>,
  ): Promise<T | LoginRefused> => {
    try {
      return await work()
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code !== 'login_cancelled')
        log.warn(
          { security: 'social_login', provider: name, step, code: refusal.code, reason: reasonOf(error) },
          'a login at a provider failed',
        )
      return refusal
    }
  }
  return {
    name,
    origin: new URL(settings.issuer).origin,
    begin: (returnTo) =>
      attempt('begin', async () => {
        const config = await configuration()
        const checks = {
          state: client.randomState(),
          nonce: client.randomNonce(),
          verifier: client.randomPKCECodeVerifier(),
        }
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: returnTo,
          state: checks.state,
          ...(isPlain
            ? {}
            : {
                scope: SCOPES[name],
                nonce: checks.nonce,
                code_challenge: await client.calculatePKCECodeChallenge(checks.verifier),
                code_challenge_method: 'S256',
              }),
        })
        return { kind: 'begun' as const, url: url.href, checks }
      }),
    complete: (returned, { state, nonce, verifier }) =>
      attempt('complete', async () => {
        const config = await configuration()
        const tokens = await client.authorizationCodeGrant(config, returned, {
          expectedState: state,
          ...(isPlain ? {} : { expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }),
        })
        const claims = tokens.claims()
        const profile =
          settings.profileUrl === undefined
            ? {}
            : await profileOf(config, tokens.access_token, settings.profileUrl)
        const person = personOf(name, claims, profile)
        if (!person || person.subject.length > 255) return refused('login_not_proved')
        return { kind: 'proved' as const, person }
      }),
  }
}

function personOf(
  name: ProviderName,
  claims: client.IDToken | undefined,
  profile: Record<string, unknown>,
): SocialPerson | undefined {
  if (name === 'naver') return naverPerson(claims?.sub, profile)
  if (!claims) return undefined
  return name === 'google' ? googlePerson(claims.sub, claims) : kakaoPerson(claims.sub, profile)
}

async function configure(name: ProviderName, settings: LoginProviderSettings): Promise<client.Configuration> {
  const { issuer, clientId, clientSecret, protocol } = settings
  const insecure = issuer.startsWith('http:')
  const authentication = client.ClientSecretPost(clientSecret)
  const metadata = { client_secret: clientSecret, [client.clockTolerance]: TOLERANCE_SECONDS }
  if (protocol === 'openid') {
    const config = await client.discovery(new URL(issuer), clientId, metadata, authentication, {
      timeout: TIMEOUT_SECONDS,
      // Only ever set to a simulator's address: production refuses it.
      ...(insecure ? { execute: [client.allowInsecureRequests] } : {}),
    })
    config.timeout = TIMEOUT_SECONDS
    // The standard lets a client believe a token that came by TLS; here its signature has to hold, too.
    client.enableNonRepudiationChecks(config)
    if (name === 'naver') config[client.customFetch] = honest
    return config
  }
  const config = new client.Configuration(
    {
      issuer,
      authorization_endpoint: `${issuer}/oauth2.0/authorize`,
      token_endpoint: `${issuer}/oauth2.0/token`,
    },
    clientId,
    metadata,
    authentication,
  )
  config.timeout = TIMEOUT_SECONDS
  if (insecure) client.allowInsecureRequests(config)
  config[client.customFetch] = honest
  return config
}

/** Naver tells of errors with status 200; here they get the one that everybody else sends. */
const honest: client.CustomFetch = async (url, { method, headers, redirect, signal, body }) => {
  const answer = await fetch(url, {
    method,
    headers,
    redirect,
    ...(signal ? { signal } : {}),
    // What this client sends is a form, or nothing.
    ...(body instanceof URLSearchParams || typeof body === 'string' ? { body } : {}),
  })
  if (!answer.ok || method !== 'POST') return answer
  const text = await answer.text()
  const isError = /"error"\s*:/.test(text) && !/"access_token"\s*:/.test(text)
  return new Response(text, { status: isError ? 400 : answer.status, headers: answer.headers })
}

async function profileOf(
  config: client.Configuration,
  accessToken: string,
  address: string,
): Promise<Record<string, unknown>> {
  const answer = await client.fetchProtectedResource(config, accessToken, new URL(address), 'GET')
  if (answer.status >= 500) throw new Unavailable(`the profile answered ${answer.status}`)
  const body: unknown = await answer.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

class Unavailable extends Error {}

/** What openid-client says when the other side is not there, or talks nonsense. */
const ABSENT = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
])
const TROUBLED = new Set(['server_error', 'temporarily_unavailable'])

function refusalOf(error: unknown): LoginRefused {
  if (error instanceof client.AuthorizationResponseError) {
    if (error.error === 'access_denied') return refused('login_cancelled')
    return TROUBLED.has(error.error) ? unavailable() : refused('login_not_proved')
  }
  if (error instanceof client.ResponseBodyError)
    return error.status >= 500 || error.error === 'invalid_client'
      ? unavailable()
      : refused('login_not_proved')
  const isAbsent =
    error instanceof Unavailable ||
    // What fetch throws when nobody answers.
    (error instanceof TypeError && error.cause !== undefined) ||
    (error instanceof client.ClientError && ABSENT.has(error.code ?? ''))
  if (isAbsent) return unavailable()
  if (error instanceof client.ClientError || error instanceof client.WWWAuthenticateChallengeError)
    return refused('login_not_proved')
  throw error
}

const unavailable = () => refused('login_provider_unavailable', { retryAfterSeconds: 30 })

/** For the log; never the code or a token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as { code?: unknown }
  return `${typeof code === 'string' ? `${code}: ` : ''}${error.message}`.slice(0, 200)
}
