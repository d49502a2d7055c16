import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BRANDS, type Brand, PEOPLE } from './people.ts'
import { type RunningSocial, SIMULATED_CLIENT, startSocial } from './server.ts'
import { throughProvider } from './testing.ts'

const BACK = 'http://127.0.0.1:1/back'
const SCOPES = {
  google: 'openid email profile',
  kakao: 'openid profile_nickname account_email name phone_number',
  naver: 'openid',
} as const

let social: RunningSocial
beforeAll(async () => {
  social = await startSocial()
})
afterAll(() => social.close())

const discover = (brand: Brand) =>
  client.discovery(
    new URL(`${social.url}/${brand}`),
    SIMULATED_CLIENT.id,
    SIMULATED_CLIENT.secret,
    client.ClientSecretPost(SIMULATED_CLIENT.secret),
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  )

async function begin(brand: Brand) {
  const config = await discover(brand)
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: BACK,
    scope: SCOPES[brand],
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  return { config, url: url.href, checks: { pkceCodeVerifier, expectedState, expectedNonce } }
}

const firstOf = (brand: Brand) => PEOPLE[brand][0]?.id ?? ''

describe('the login simulator', () => {
  it.each(BRANDS)('signs a person of %s in, as a client of the standard sees it', async (brand) => {
    const { config, url, checks } = await begin(brand)
    const back = await throughProvider(url, { person: firstOf(brand) })
    const tokens = await client.authorizationCodeGrant(config, new URL(back), checks)
    expect(tokens.claims()).toMatchObject({ sub: firstOf(brand), iss: `${social.url}/${brand}` })
    // A code is good once.
    await expect(client.authorizationCodeGrant(config, new URL(back), checks)).rejects.toThrow()
  })

  it.each([
    [
      'kakao',
      '/kakao/v2/user/me',
      { kakao_account: { is_email_verified: true, phone_number: '+82 10-2000-4001' } },
    ],
    ['naver', '/naver/v1/nid/me', { resultcode: '00', response: { mobile: '010-2000-5001' } }],
  ] as const)(
    'tells the profile of a person of %s, and what they kept to themselves not',
    async (brand, path, profile) => {
      for (const refuse of [[], ['phone', 'email']] as const) {
        const { config, url, checks } = await begin(brand)
        const back = await throughProvider(url, { person: firstOf(brand), refuse })
        const { access_token } = await client.authorizationCodeGrant(config, new URL(back), checks)
        const answer = await fetch(`${social.url}${path}`, {
          headers: { authorization: `Bearer ${access_token}` },
        })
        const body: unknown = await answer.json()
        if (refuse.length === 0) expect(body).toMatchObject(profile)
        else expect(JSON.stringify(body)).not.toMatch(/@|2000/)
      }
      expect((await fetch(`${social.url}${path}`)).status).toBe(401)
    },
  )

  it('has the old door of Naver, too: no ID token, numbers as texts, errors with status 200', async () => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: SIMULATED_CLIENT.id,
      redirect_uri: BACK,
      state: 'abc',
    })
    const back = new URL(
      await throughProvider(`${social.url}/naver/oauth2.0/authorize?${query}`, { person: firstOf('naver') }),
    )
    expect(back.searchParams.get('state')).toBe('abc')
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: SIMULATED_CLIENT.id,
      client_secret: SIMULATED_CLIENT.secret,
      code: back.searchParams.get('code') ?? '',
      redirect_uri: BACK,
    })
    const ask = () => fetch(`${social.url}/naver/oauth2.0/token`, { method: 'POST', body: form })
    const tokens: unknown = await (await ask()).json()
    expect(tokens).toEqual({ access_token: expect.any(String), expires_in: '3600', token_type: 'Bearer' })
    const again = await ask()
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('sends who cancels back with an error, and nobody to another site', async () => {
    const { url } = await begin('kakao')
    expect(new URL(await throughProvider(url, 'cancel')).searchParams.get('error')).toBe('access_denied')
    const elsewhere = new URL(url)
    elsewhere.searchParams.set('redirect_uri', 'https://evil.test/')
    await expect(throughProvider(elsewhere.href, 'cancel')).rejects.toThrow('leads nowhere')
  })

  it.each([
    'other_nonce',
    'other_issuer',
    'other_audience',
    'old_token',
    'tampered',
    'other_key',
    'unsigned',
    'refuses_token',
    'broken',
    'down',
  ] as const)('can be told to fail: %s', async (fault) => {
    const { config, url, checks } = await begin('google')
    const back = await throughProvider(url, { person: firstOf('google') })
    const answer = await fetch(`${social.url}/faults`, {
      method: 'POST',
      body: new URLSearchParams({ provider: 'google', fault }),
    })
    expect(answer.status).toBe(204)
    await expect(client.authorizationCodeGrant(config, new URL(back), checks)).rejects.toThrow()
    social.fault('google', 'none')
  })
})
