import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { parseObject, readBody } from '../bank/http/exchange.ts'
import { listen } from '../listen.ts'
import { NAVER_PLAIN, PECULIAR } from './brands.ts'
import { FAULTS, type Fault, type Faults } from './faults.ts'
import { messagePage, pickPage } from './page.ts'
import { BRANDS, type Brand, ITEMS, PEOPLE, type Person } from './people.ts'
import { createProvider, type Refusals } from './provider.ts'

export interface SocialOptions {
  /** 0 = any free port (default). */
  port?: number
  /** Origins browsers may be sent back to besides those of this machine. */
  returnTo?: readonly string[]
  clientId?: string
  clientSecret?: string
}

export interface RunningSocial {
  /** Each provider is below it: `…/google`, `…/kakao`, `…/naver`. */
  url: string
  port: number
  /** One more person at a provider. */
  add(brand: Brand, person: Person): void
  /** What goes wrong there from now on. */
  fault(brand: Brand, fault: Fault): void
  close(): Promise<void>
}

/** One of the three, as it runs. */
interface Played {
  provider: Provider
  people: Map<string, Person>
  refusals: Refusals
}

export const SIMULATED_CLIENT = { id: 'simulated-client', secret: 'simulated-secret' } as const
const FORM_LIMIT_BYTES = 8_192

/** Plays Google, Kakao and Naver. @throws when NODE_ENV is production, and when the port cannot be had */
export async function startSocial(options: SocialOptions = {}): Promise<RunningSocial> {
  if (process.env.NODE_ENV === 'production')
    throw new Error('The login simulator must never run in production (NODE_ENV=production).')
  const faults: Faults = new Map()
  const played = new Map<Brand, Played>()
  const server = createServer((req, res) => {
    serve(played, faults, req, res).catch((error: unknown) => {
      console.error('social: a request failed', error)
      if (!res.headersSent) res.writeHead(500).end('the simulator itself failed; see its output')
    })
  })
  const { url, port, close } = await listen(server, options.port)
  for (const brand of BRANDS) {
    const people = new Map(PEOPLE[brand].map((person) => [person.id, person]))
    const refusals: Refusals = new Map()
    const provider = createProvider(
      {
        brand,
        issuer: `${url}/${brand}`,
        clientId: options.clientId ?? SIMULATED_CLIENT.id,
        clientSecret: options.clientSecret ?? SIMULATED_CLIENT.secret,
        mayReturnTo: (back) => mayReturnTo(back, options.returnTo ?? []),
        personOf: (id) => people.get(id),
        faults,
      },
      refusals,
    )
    played.set(brand, { provider, people, refusals })
  }
  return {
    url,
    port,
    add: (brand, person) => void played.get(brand)?.people.set(person.id, person),
    fault: (brand, fault) => void faults.set(brand, fault),
    close,
  }
}

/** Real providers want each address registered; here those of this machine are. */
function mayReturnTo(address: string, origins: readonly string[]): boolean {
  const url = URL.parse(address)
  if (!url) return false
  return origins.includes(url.origin) || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
}

async function serve(
  played: ReadonlyMap<Brand, Played>,
  faults: Faults,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const whole = req.url ?? '/'
  const [path = '/'] = whole.split('?', 1)
  if (path === '/health') return void res.writeHead(200).end('ok')
  if (path === '/faults' && req.method === 'POST') return setFault(faults, req, res)
  const brand = BRANDS.find((name) => path.startsWith(`/${name}/`))
  const one = brand && played.get(brand)
  if (!brand || !one) return void res.writeHead(404).end('nobody lives here')
  const fault = faults.get(brand)
  if (fault === 'down') return void req.socket.resetAndDestroy()
  if (fault === 'broken') return void res.writeHead(500).end('simulated')
  const inside = path.slice(brand.length + 1)
  if (inside.startsWith('/interaction/')) return pick(brand, one, inside, req, res)
  if (inside === PECULIAR[brand].profile?.path) return sendProfile(brand, one, req, res)
  await atProvider(brand, one, req, res)
}

/** Hands a request over to the library, below the provider's own path. */
async function atProvider(brand: Brand, { provider }: Played, req: IncomingMessage, res: ServerResponse) {
  const { authorization, token } = PECULIAR[brand].routes
  let inside = (req.url ?? '').slice(brand.length + 1)
  const plain = brand === 'naver'
  if (plain && inside.startsWith(`${NAVER_PLAIN.authorization}?`))
    inside = `${authorization}?scope=openid&${inside.slice(NAVER_PLAIN.authorization.length + 1)}`
  if (plain && inside.startsWith(NAVER_PLAIN.token)) {
    withoutIdToken(res)
    inside = token
  }
  // Every login asks who it is: nobody stays logged in at a simulator.
  if (inside.startsWith(`${authorization}?`)) delete req.headers.cookie
  Object.assign(req, { originalUrl: `/${brand}${inside}`, url: inside })
  await provider.callback()(req, res)
}

/** The older door gives an access token only. */
function withoutIdToken(res: ServerResponse): void {
  const end = res.end.bind(res)
  const cut = (body: unknown) => {
    const kept = Object.entries(parseObject(String(body)) ?? {}).filter(
      ([name]) => name !== 'id_token' && name !== 'scope',
    )
    const text = JSON.stringify(Object.fromEntries(kept))
    res.setHeader('content-length', Buffer.byteLength(text))
    return end(text)
  }
  Object.assign(res, { end: cut })
}

async function pick(
  brand: Brand,
  { provider, people, refusals }: Played,
  inside: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const send = (status: number, html: string) =>
    void res.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  const details = await provider.interactionDetails(req, res).catch(() => undefined)
  if (!details) return send(400, messagePage(brand, '로그인 시간이 지났습니다'))
  const action = `/${brand}/interaction/${details.uid}`
  if (req.method !== 'POST') return send(200, pickPage(brand, [...people.values()], action))
  if (inside.endsWith('/cancel')) {
    const result = { error: 'access_denied', error_description: 'the person cancelled' }
    return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
  }
  const form = new URLSearchParams(await readBody(req, FORM_LIMIT_BYTES))
  const accountId = form.get('person') ?? ''
  if (!people.has(accountId)) return send(400, messagePage(brand, '그런 계정이 없습니다'))
  const { client_id: clientId, scope } = details.params
  const grant = new provider.Grant({ accountId, clientId: String(clientId) })
  grant.addOIDCScope(String(scope))
  const grantId = await grant.save()
  const given = form.getAll('give')
  const { optional } = PECULIAR[brand]
  refusals.set(grantId, new Set(ITEMS.filter((item) => optional.includes(item) && !given.includes(item))))
  const result = { login: { accountId, remember: false }, consent: { grantId } }
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
}

/** The profile call with an access token. */
async function sendProfile(
  brand: Brand,
  { provider, people, refusals }: Played,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const send = (status: number, body: object) =>
    void res
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(body))
  const [, text = ''] = /^Bearer (.+)$/.exec(req.headers.authorization ?? '') ?? []
  const token = await provider.AccessToken.find(text)
  const person = people.get(token?.accountId ?? '')
  const profile = PECULIAR[brand].profile
  if (!token || !person || !profile) {
    const refusal =
      brand === 'naver'
        ? { resultcode: '024', message: 'Authentication failed' }
        : { code: -401, msg: 'this access token does not exist' }
    return send(401, refusal)
  }
  send(200, profile.of(person, refusals.get(token.grantId ?? '') ?? new Set()))
}

async function setFault(faults: Faults, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await readBody(req, FORM_LIMIT_BYTES))
  const brand = BRANDS.find((name) => name === form.get('provider'))
  const fault = FAULTS.find((name) => name === form.get('fault'))
  if (!brand || !fault)
    return void res.writeHead(400).end(`provider=${BRANDS.join('|')}&fault=${FAULTS.join('|')}`)
  faults.set(brand, fault)
  res.writeHead(204).end()
}
