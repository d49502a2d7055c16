import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Broker, startBroker, whyNoBroker } from '../../local/kafka.ts'
import { type Server, serve } from '../../src/cli/serve.ts'
import { sipMoment } from '../../src/library/borrow/sip/wire/dates.ts'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { readConfig } from '../../src/services/config.ts'
import type { ServiceName } from '../../src/services/names.ts'
import { connectMachine, lending } from '../library/self-check-machine.ts'
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
  let sipPort: number
  const credential = randomBytes(32).toString('hex')
  const urlOf = (name: ServiceName) => servers.get(name)?.url ?? ''
  const databaseOf = (name: ServiceName) => databases.get(name)?.url ?? ''

  async function launch(name: (typeof NAMES)[number], port = 0): Promise<void> {
    const config = readConfig({
      NODE_ENV: 'test',
      SERVICES: name,
      DATA_DIR: join(folder, name),
      DATABASE_URL: databaseOf(name),
      KAFKA_BROKERS: broker.address,
      SERVICE_TOKEN: credential,
      TOKEN_ISSUER: 'https://pillivery.test',
      PORT: String(port),
      LOG_LEVEL: 'silent',
      DEMO: 'off',
      SHOP_URL: 'http://127.0.0.1:9',
      ...(name === 'identity' ? {} : { IDENTITY_URL: urlOf('identity') }),
      ...(name === 'borrow' ? { BOOK_URL: urlOf('book'), SIP_PORT: String(sipPort) } : {}),
    })
    servers.set(name, await serve({ config, log: createLog('silent'), say: () => {} }))
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pillivery-apart-'))
    broker = await startBroker()
    sipPort = await freePort()
    for (const name of NAMES) {
      databases.set(name, await emptyDatabase())
      await launch(name)
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
  const oneOf = async (sql: string) =>
    String(Object.values(Object((await execute(databaseOf('book'), sql))[0]))[0])
  const barcodeOf = (bookId: string) => oneOf(`select barcode from book.copy where book_id = '${bookId}'`)
  const copyState = (barcode: string) => oneOf(`select state from book.copy where barcode = '${barcode}'`)

  /** A machine a librarian lets in, which has logged in; and the card a reader shows it. */
  async function machineFor(reader: { id: string }) {
    const data = newcomer()
    const accounts = servers.get('identity')?.runtime.service('identity')
    await accounts?.ensureAccount({ ...data, roles: ['customer', 'librarian'] })
    const { body } = await call('identity', '/api/auth/login', '', { email: data.email, password: PASSWORD })
    const librarian = `Bearer ${body.accessToken}`
    const wanted = {
      name: 'kiosk',
      place: '1층',
      charset: 'utf-8',
      asksPassword: false,
      takesPayments: false,
    }
    const terminal = await call('borrow', '/api/terminals', librarian, wanted)
    const machine = await connectMachine(sipPort)
    const login = await machine.ask('login', { nameAlgorithm: '0', secretAlgorithm: '0' }, [
      ['CN', 'kiosk'],
      ['CO', String(terminal.body.secret)],
    ])
    expect(login.fixed.ok).toBe('1')
    const card = async () => (await call('borrow', `/api/patrons/${reader.id}`, librarian)).body.card
    await soon('lending to know the reader', card)
    return { machine, card: String(await card()) }
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

  it('serve self-check machines, also while the catalogue is away', async () => {
    const reader = await signUp()
    const { machine, card } = await machineFor(reader)
    const say = (kind: 'checkout' | 'checkin', barcode: string) => {
      const at = Temporal.Now.instant()
      const about = [['AB', barcode] as const]
      return kind === 'checkout'
        ? machine.ask('checkout', lending(at), [['AA', card], ...about])
        : machine.ask('checkin', { noBlock: 'N', at: sipMoment(at), returnedAt: sipMoment(at) }, about)
    }
    const loanNow = async () => {
      const { body } = await call('borrow', '/api/loans', reader.authorization)
      return body.data?.[0]
    }
    const [known, unknown] = [await barcodeOf(await addBook(1)), await barcodeOf(await addBook(1))]
    // Title and state of a copy nobody has lent yet are the catalogue's, over HTTP; what it does with the loan, an event.
    const lent = await say('checkout', known)
    expect([lent.fixed.ok, lent.said('AJ')]).toEqual(['1', '토지'])
    await soon('the loan to be settled', async () => (await loanNow())?.state === 'active')
    expect((await say('checkin', known)).fixed.ok).toBe('1')
    await soon('the copy to be back', async () => (await copyState(known)) === 'available')

    const port = Number(new URL(urlOf('book')).port)
    await servers.get('book')?.stop()
    const away = await say('checkout', known)
    expect([away.fixed.ok, away.said('AF')]).toEqual(['1', expect.stringContaining('접수')])
    expect((await say('checkout', unknown)).fixed.ok).toBe('0')
    await launch('book', port)
    await soon('the loan to be settled', async () => (await loanNow())?.state === 'active', 90_000)
    expect(await copyState(known)).toBe('on_loan')
    expect((await say('checkin', known)).fixed.ok).toBe('1')
    await soon('the copy to be back', async () => (await copyState(known)) === 'available')
    machine.hangUp()
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
