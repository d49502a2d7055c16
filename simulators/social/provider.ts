import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import { PECULIAR } from './brands.ts'
import { damaged, type Faults, forged } from './faults.ts'
import type { Brand, Item, Person } from './people.ts'

/** What a provider is told of the world around it. */
export interface ProviderParts {
  brand: Brand
  /** Its own address, without a slash at the end. */
  issuer: string
  clientId: string
  clientSecret: string
  /** Whether it may send browsers there. */
  mayReturnTo(address: string): boolean
  personOf(id: string): Person | undefined
  faults: Faults
}

/** What people kept to themselves, by the grant it was. */
export type Refusals = Map<string, ReadonlySet<Item>>

const KEY_ID = 'simulated'

/** An OpenID provider with the paths, scopes and claims of the real one. */
export function createProvider(parts: ProviderParts, refusals: Refusals): Provider {
  const { brand, issuer } = parts
  const { routes, scopes, claims } = PECULIAR[brand]
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' }
  const configuration: Configuration = {
    clients: [
      {
        client_id: parts.clientId,
        client_secret: parts.clientSecret,
        redirect_uris: ['http://127.0.0.1/'],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [jwk] },
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      // One host for all of them: cookies do not tell ports apart.
      names: {
        session: `${brand}_session`,
        interaction: `${brand}_interaction`,
        resume: `${brand}_resume`,
      },
    },
    scopes: [...scopes],
    claims: { openid: ['sub', ...Object.keys(claims(ANYBODY, new Set()))] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    pkce: { required: () => false },
    routes,
    ttl: {
      AccessToken: 3_600,
      AuthorizationCode: 60,
      Grant: 3_600,
      IdToken: 3_600,
      Interaction: 600,
      Session: 600,
    },
    interactions: { url: (_ctx, { uid }) => `/${brand}/interaction/${uid}` },
    findAccount: (_ctx, id, token) => {
      const person = parts.personOf(id)
      if (!person) return undefined
      const refused = refusals.get(token?.grantId ?? '') ?? new Set()
      return { accountId: id, claims: async () => ({ sub: id, ...claims(person, refused) }) }
    },
    renderError: (ctx, out) => {
      ctx.type = 'json'
      ctx.body = out
    },
  }
  const provider = new Provider(issuer, configuration)
  provider.Client.prototype.redirectUriAllowed = parts.mayReturnTo
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === routes.token) await answerLikeThem(ctx, parts, (text) => sign(text, privateKey))
  })
  return provider
}

const ANYBODY: Person = { id: '0', name: '', email: '', emailVerified: false, phone: '' }

function sign(claims: Record<string, unknown>, key: Parameters<SignJWT['sign']>[0]): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KEY_ID }).sign(key)
}

/** Faults, and Naver's habits: numbers as texts, and errors with status 200. */
async function answerLikeThem(
  ctx: { status: number; body: unknown },
  { brand, faults }: ProviderParts,
  signed: (claims: Record<string, unknown>) => Promise<string>,
): Promise<void> {
  const fault = faults.get(brand) ?? 'none'
  if (fault === 'refuses_token') {
    ctx.status = 400
    ctx.body = { error: 'invalid_grant', error_description: 'simulated' }
  }
  const body: unknown = ctx.body
  if (typeof body !== 'object' || body === null) return
  const answer: Record<string, unknown> = { ...body }
  if (typeof answer.id_token === 'string') {
    const other = damaged({ ...decodeJwt(answer.id_token) }, fault)
    if (other) answer.id_token = await signed(other)
    answer.id_token = (await forged(String(answer.id_token), fault)) ?? answer.id_token
  }
  if (brand === 'naver') {
    if (typeof answer.expires_in === 'number') answer.expires_in = answer.expires_in.toString()
    if (answer.error !== undefined) ctx.status = 200
  }
  ctx.body = answer
}
