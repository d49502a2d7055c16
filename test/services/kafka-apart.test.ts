import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Broker, startBroker, whyNoBroker } from '../../local/kafka.ts'
import { type Server, serve } from '../../src/cli/serve.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { readConfig } from '../../src/services/config.ts'
import type { ServiceName } from '../../src/services/names.ts'
import { emptyDatabase, execute } from '../support/database.ts'
import { newcomer, PASSWORD } from '../support/people.ts'
import { readMetric } from '../support/system.ts'

/** The library with a database for each of its services, joined by a real broker and one guarded call. */
const missing = await whyNoBroker()
if (missing !== undefined) console.warn(`no Kafka broker here, its tests are skipped: ${missing}`)

const NAMES = ['identity', 'notifications', 'book', 'borrow', 'dashboard'] as const
const PATIENCE = { timeout: 240_000 }

describe.skipIf(missing !== undefined)('services on databases of their own', PATIENCE, () => {
  let broker: Broker
  let folder: string
  const databases = new Map<ServiceName, Awaited<ReturnType<typeof emptyDatabase>>>()
  const servers = new Map<ServiceName, Server>()
  const urlOf = (name: ServiceName) => servers.get(name)?.url ?? ''
  const databaseOf = (name: ServiceName) => databases.get(name)?.url ?? ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pillivery-apart-'))
    broker = await startBroker()
    const credential = randomBytes(32).toString('hex')
    for (const name of NAMES) {
      databases.set(name, await emptyDatabase())
      const config = readConfig({
        NODE_ENV: 'test',
        SERVICES: name,
        DATA_DIR: join(folder, name),
        DATABASE_URL: databaseOf(name),
        KAFKA_BROKERS: broker.address,
        SERVICE_TOKEN: credential,
        TOKEN_ISSUER: 'https://pillivery.test',
        PORT: '0',
        LOG_LEVEL: 'silent',
        DEMO: 'off',
        SHOP_URL: 'http://127.0.0.1:9',
        ...(name === 'identity' ? {} : { IDENTITY_URL: urlOf('identity') }),
        ...(name === 'borrow' ? { BOOK_URL: urlOf('book') } : {}),
      })
      servers.set(name, await serve({ config, log: createLog('silent'), say: () => {} }))
    }
  }, 240_000)
  afterAll(async () => {
    for (const server of [...servers.values()].reverse()) await server.stop()
    for (const database of databases.values()) await database.drop()
    await broker?.remove()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const call = async (name: ServiceName, path: string, authorization: string, body?: unknown) => {
    const response = await fetch(`${urlOf(name)}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), authorization },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : Object(JSON.parse(text)) }
  }
  const soon = (what: string, condition: () => Promise<unknown>, deadlineMs = 30_000) =>
    until(async () => Boolean(await condition()), { what, deadlineMs, everyMs: 50 })

  async function signUp() {
    const data = newcomer()
    const { body: account } = await call('identity', '/api/users', '', data)
    const { body } = await call('identity', '/api/auth/login', '', { email: data.email, password: PASSWORD })
    return { id: String(account.id), authorization: `Bearer ${body.accessToken}` }
  }
  async function addBook(copies: number): Promise<string> {
    const id = randomUUID()
    await execute(
      databaseOf('book'),
      `with title as (
         insert into book.title (id, search_doc, title, author, publisher, call_number, kdc, state, version, created_at, updated_at)
         values ('${id}', 'x', '토지', '박경리', '샘물', '', '813', 'lendable', 1, now(), now()) returning id)
       insert into book.copy (barcode, book_id, state)
       select 'T' || lpad(nextval('book.barcode_number')::text, 8, '0'), title.id, 'available'
       from title, generate_series(1, ${copies})`,
    )
    return id
  }
  const becomes = (loanId: string, state: string, authorization: string, deadlineMs?: number) =>
    soon(
      `the loan to be ${state}`,
      async () => (await call('borrow', `/api/loans/${loanId}`, authorization)).body.state === state,
      deadlineMs,
    )

  it('lend, take back and show what is out, and the reader gets a letter', async () => {
    const reader = await signUp()
    const bookId = await addBook(4)
    const lent = await call('borrow', '/api/loans', reader.authorization, { bookId, copies: 4 })
    expect(lent).toMatchObject({ status: 201, body: { state: 'pending' } })
    await becomes(lent.body.id, 'active', reader.authorization)
    const back = await call('borrow', `/api/loans/${lent.body.id}/returns`, reader.authorization, {
      copies: 3,
    })
    expect(back.status).toBe(200)
    await soon('the dashboard', async () => {
      const { body } = await call('dashboard', '/api/dashboard', reader.authorization)
      return JSON.stringify(body).includes(`"out":1`)
    })
    await soon('stock of three', async () => {
      const { body } = await call('book', `/api/books/${bookId}`, reader.authorization)
      return body.stock?.available === 3
    })
    await soon('the receipt', async () => {
      const { body } = await call('notifications', '/api/notifications', reader.authorization)
      return body.data?.some(({ kind }: { kind: string }) => kind === 'loan_returned')
    })
    // Each has its own tables only, and nobody but their teller tells an event.
    const schemas = await execute(databaseOf('dashboard'), 'select nspname from pg_namespace')
    expect(JSON.stringify(schemas)).not.toMatch(/"(book|borrow|identity)"/)
  })

  it('know who has signed out, on whichever database', async () => {
    const leaver = await signUp()
    expect((await call('borrow', '/api/loans', leaver.authorization)).status).toBe(200)
    await call('identity', '/api/auth/logout', leaver.authorization, {})
    await soon(
      'the end of the session',
      async () => (await call('borrow', '/api/loans', leaver.authorization)).status === 401,
      // A moment on a quiet machine; this one runs a broker, five services and other tests.
      20_000,
    )
  })

  it('go on lending while the broker is dead, and settle everything once it is back', async () => {
    const reader = await signUp()
    const bookId = await addBook(2)
    await broker.kill()
    const lent = await call('borrow', '/api/loans', reader.authorization, { bookId })
    expect(lent).toMatchObject({ status: 201, body: { state: 'pending' } })
    await broker.start()
    await becomes(lent.body.id, 'active', reader.authorization, 90_000)
    await soon('no lag', async () => (await readMetric(urlOf('borrow'), 'kafka_lag')).get('') === 0)
  })
})
