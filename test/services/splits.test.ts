import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBank } from '../../simulators/bank/server.ts'
import { migrateWithRoles } from '../../src/cli/migrate-roles.ts'
import { type Server, serve } from '../../src/cli/serve.ts'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { databaseSettingOf, readConfig } from '../../src/services/config.ts'
import { SERVICE_NAMES, SERVICES, type ServiceName } from '../../src/services/index.ts'
import { createBank } from '../support/bank.ts'
import { emptyDatabase, execute } from '../support/database.ts'
import { newcomer, PASSWORD, RECEIVER } from '../support/people.ts'
import { address, start } from '../support/server-process.ts'

const CREDENTIAL = randomBytes(32).toString('hex')
/** An address only this service answers. */
const OWN: Readonly<Record<ServiceName, string>> = {
  identity: '/.well-known/jwks.json',
  shop: '/api/items',
  notifications: '/api/notifications',
  book: '/api/books',
  borrow: '/api/loans',
  dashboard: '/api/dashboard',
}
const ISSUER = 'https://pillivery.test'

let database: { url: string; drop(): Promise<void> }
let folder: string
let bank: { url: string; close(): Promise<void> }
/** Address of the database with the role of each service. */
let roles: Record<string, string>
const started: Server[] = []

beforeAll(async () => {
  database = await emptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'pillivery-splits-'))
  bank = await startBank({ data: join(folder, 'bank') })
  const suffix = randomBytes(4).toString('hex')
  roles = Object.fromEntries(SERVICE_NAMES.map((name) => [databaseSettingOf(name), as(`${name}_${suffix}`)]))
  await migrateWithRoles(SERVICE_NAMES, new AbortController().signal, {
    ...environment(),
    DATABASE_URL: database.url,
    ...roles,
  })
})
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
})
afterAll(async () => {
  await bank?.close()
  await database?.drop()
  for (const url of Object.values(roles))
    await execute(adminUrl(), `drop role if exists ${new URL(url).username}`)
  await rm(folder, { recursive: true, force: true })
})

const adminUrl = () => {
  const url = new URL(database.url)
  url.pathname = '/postgres'
  return url.toString()
}
function as(role: string): string {
  const url = new URL(database.url)
  url.username = role
  url.password = `pw-${role}`
  return url.toString()
}
const environment = () => ({
  NODE_ENV: 'test',
  DATA_DIR: folder,
  PORT: '0',
  LOG_LEVEL: 'silent',
  DEMO: 'off',
  KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
  KAKAOPAY_BASE_URL: bank.url,
  SERVICE_TOKEN: CREDENTIAL,
  TOKEN_ISSUER: ISSUER,
})

/** Starts services with nothing of the database but their own roles. */
async function host(names: readonly ServiceName[], more: Record<string, string> = {}): Promise<Server> {
  const own = Object.fromEntries(
    names.map((name) => [databaseSettingOf(name), roles[databaseSettingOf(name)]]),
  )
  const config = readConfig({ ...environment(), ...own, SERVICES: names.join(), ...more })
  const server = await serve({ config, log: createLog('silent'), say: () => {} })
  started.push(server)
  return server
}

const status = async (server: Server, path: string, headers: Record<string, string> = {}) =>
  (await fetch(`${server.url}${path}`, { headers })).status

/** Every set of services but the empty one. */
const SPLITS = Array.from({ length: 2 ** SERVICE_NAMES.length - 1 }, (_, index) =>
  SERVICE_NAMES.filter((_name, bit) => ((index + 1) >> bit) % 2 === 1),
)

describe('a process with the roles of its services', () => {
  it.each(SPLITS.map((names) => [names.join('+'), names] as const))(
    '%s serves them and nothing else',
    async (_, names) => {
      const nowhere = 'http://127.0.0.1:9'
      const elsewhere = { IDENTITY_URL: nowhere, SHOP_URL: nowhere, BOOK_URL: nowhere }
      const server = await host(names, elsewhere)
      expect(await status(server, '/health/ready')).toBe(200)
      for (const name of SERVICE_NAMES) {
        const found = await status(server, OWN[name])
        expect(found === 404, `${OWN[name]}: ${found}`).toBe(!names.includes(name))
      }
      const users = new Set(server.runtime.stores.map(({ database: { url } }) => new URL(url).username))
      expect(users).toEqual(
        new Set(names.map((name) => new URL(roles[databaseSettingOf(name)] ?? '').username)),
      )
    },
  )

  it('knows who has signed in elsewhere, and within a second who has signed out', async () => {
    const identity = await host(['identity'])
    const shop = await host(['shop'], { IDENTITY_URL: identity.url })
    const { token, authorization } = await signUp(identity)
    expect(token).not.toBe('')
    expect(await status(shop, '/api/orders', { authorization })).toBe(200)
    await fetch(`${identity.url}/api/auth/logout`, { method: 'POST', headers: { authorization } })
    await until(async () => (await status(shop, '/api/orders', { authorization })) === 401, {
      what: 'the news of the logout',
      deadlineMs: 1_000,
      everyMs: 20,
    })
    // A process that starts later knows it, too.
    const late = await host(['shop'], { IDENTITY_URL: identity.url })
    expect(await status(late, '/api/orders', { authorization })).toBe(401)
  })

  it('says that it cannot know anybody while identity is away', async () => {
    const identity = await host(['identity'])
    const { authorization } = await signUp(identity)
    const shop = await host(['shop'], { IDENTITY_URL: 'http://127.0.0.1:9' })
    const answer = await fetch(`${shop.url}/api/orders`, { headers: { authorization } })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  it('tells other services what they may know, and nobody else', async () => {
    const identity = await host(['identity'])
    const { id, authorization } = await signUp(identity)
    const path = `/internal/recipients/${id}`
    const service = { authorization: `Bearer ${CREDENTIAL}` }
    expect(await status(identity, path, service)).toBe(200)
    expect(await status(identity, path)).toBe(401)
    expect(await status(identity, path, { authorization })).toBe(403)
    expect(await status(identity, path, { ...service, 'x-forwarded-for': '203.0.113.1' })).toBe(404)
    const document = await (await fetch(`${identity.url}/openapi.json`)).text()
    expect(document).not.toContain('/internal/')
  })

  it('refuses to start without knowing where others are', async () => {
    await expect(host(['shop'])).rejects.toThrow('IDENTITY_URL is required')
    await expect(host(['notifications'], { IDENTITY_URL: 'http://127.0.0.1:9' })).rejects.toThrow(
      'SHOP_URL and SERVICE_TOKEN are required',
    )
    await expect(host(['borrow'], { IDENTITY_URL: 'http://127.0.0.1:9' })).rejects.toThrow(
      'BOOK_URL and SERVICE_TOKEN are required',
    )
  })
})

describe('an order paid in the process of the shop', () => {
  it('is told by notifications in a process of their own, under their own role', {
    timeout: 180_000,
  }, async () => {
    const identity = await host(['identity'])
    const shop = await host(['shop'], { IDENTITY_URL: identity.url })
    const letters = start(['serve', '--services', 'notifications'], {
      ...environment(),
      DATA_DIR: join(folder, 'letters'),
      PORT: String(await freePort()),
      NOTIFICATIONS_DATABASE_URL: roles.NOTIFICATIONS_DATABASE_URL ?? '',
      IDENTITY_URL: identity.url,
      SHOP_URL: shop.url,
    })
    try {
      const lettersUrl = await address(letters, 120_000)
      const { email, authorization } = await signUp(identity)
      await shop.runtime.service('shop').catalog.seedItems({ count: 3, seed: 'splits' })
      const ask = async (url: string, body?: unknown) => {
        const response = await fetch(url, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        return Object(await response.json())
      }
      const [item] = (await ask(`${shop.url}/api/items`)).data
      const lines = [{ itemId: item.id, quantity: 1 }]
      const order = await ask(`${shop.url}/api/orders`, { lines, receiver: RECEIVER })
      const payment = await ask(`${shop.url}/api/payments`, { orderId: order.id, provider: 'kakaopay' })
      const back = await createBank(bank.url).press(payment.redirectUrl, 'approve')
      expect(await ask(String(back))).toMatchObject({ state: 'paid' })
      const told = await until(
        async () =>
          (await ask(`${lettersUrl}/api/notifications`)).data.find(
            ({ kind }: { kind: string }) => kind === 'payment_done',
          ),
        { what: 'the letter', deadlineMs: 30_000, everyMs: 50 },
      )
      // Written with what only the others know: the item's name, and the address it went to.
      expect(told).toMatchObject({ about: { type: 'order', id: order.id } })
      const mail = await until(
        async () => {
          const files = await readdir(join(folder, 'letters', 'mail'))
          const texts = await Promise.all(
            files.map((file) => readFile(join(folder, 'letters', 'mail', file), 'utf8')),
          )
          return texts.find((text) => text.includes(`To:`) && text.includes(email))
        },
        { what: 'the mail', deadlineMs: 30_000, everyMs: 50 },
      )
      expect(mail).toContain(email)
    } finally {
      letters.signal('SIGTERM')
      await letters.exit
    }
  })
})

describe('the role of a service', () => {
  it('is enough to make dashboards anew', async () => {
    const dashboard = await host(['dashboard'], { IDENTITY_URL: 'http://127.0.0.1:9' })
    await expect(dashboard.runtime.service('dashboard').rebuild()).resolves.toEqual({
      loans: 0,
      corrected: 0,
      repaired: 0,
    })
  })

  it.each(SERVICE_NAMES)('%s reads its own data and no other service’s', async (name) => {
    const url = roles[databaseSettingOf(name)] ?? ''
    for (const other of SERVICE_NAMES) {
      for (const { schema } of SERVICES[other].schemas) {
        const look = execute(url, `select count(*) from ${schema}.kysely_migration`)
        if (other === name) await expect(look).resolves.toHaveLength(1)
        else await expect(look).rejects.toThrow(`permission denied for schema ${schema}`)
      }
    }
    await expect(execute(url, 'select count(*) from platform.outbox')).resolves.toHaveLength(1)
    const [{ schema } = { schema: '' }] = SERVICES[name].schemas
    await expect(execute(url, `create table ${schema}.mine (id int)`)).rejects.toThrow('permission denied')
    await expect(execute(url, `delete from ${schema}.kysely_migration`)).rejects.toThrow('permission denied')
  })
})

/** Somebody new, signed in at the process that hosts identity. */
async function signUp(identity: Server) {
  const data = newcomer()
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${identity.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return Object(await answer.json())
  }
  const { id } = await post('/api/users', data)
  const { accessToken } = await post('/api/auth/login', { email: data.email, password: PASSWORD })
  return {
    id: String(id),
    email: data.email,
    token: String(accessToken),
    authorization: `Bearer ${accessToken}`,
  }
}
