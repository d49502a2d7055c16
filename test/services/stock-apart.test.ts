import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { emptyDatabase, execute } from '../support/database.ts'
import { newcomer, PASSWORD } from '../support/people.ts'
import { address, type Started, start, temporaryFolder } from '../support/server-process.ts'
import { readMetric } from '../support/system.ts'

/** Lending and the catalogue of books as processes of their own, the second one killed and started again. */

const CREDENTIAL = randomBytes(32).toString('hex')
const BREAKER = '{provider="book",operation="stock"}'
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let database: Awaited<ReturnType<typeof emptyDatabase>>
const running: Started[] = []

beforeEach(async () => {
  folder = await temporaryFolder()
  database = await emptyDatabase()
})
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.signal('SIGTERM')
    await one.exit
  }
  await database.drop()
  await folder.remove()
})

async function launch(services: string, port: number, more: Record<string, string>): Promise<Started> {
  const settings = {
    NODE_ENV: 'test',
    DATA_DIR: join(folder.path, services),
    DATABASE_URL: database.url,
    SERVICE_TOKEN: CREDENTIAL,
    TOKEN_ISSUER: 'https://pillivery.test',
    DEMO: 'off',
    LOG_LEVEL: 'warn',
    PORT: String(port),
    ...more,
  }
  const one = start(['serve', '--services', services], settings)
  running.push(one)
  await address(one, 120_000)
  return one
}

async function addBook(copies: number): Promise<string> {
  const id = randomUUID()
  await execute(
    database.url,
    `with title as (
       insert into book.title (id, search_doc, title, author, publisher, call_number, kdc, state, version, created_at, updated_at)
       values ('${id}', 'x', '토지', '박경리', '샘물', '', '813', 'lendable', 1, now(), now()) returning id)
     insert into book.copy (barcode, book_id, state)
     select 'T' || lpad(nextval('book.barcode_number')::text, 8, '0'), title.id, 'available'
     from title, generate_series(1, ${copies})`,
  )
  return id
}

it('lending goes on while the catalogue is dead, asks it no more, and does not storm it when it is back', {
  timeout: 240_000,
}, async () => {
  const [lending, catalogue] = [await freePort(), await freePort()]
  const lendingUrl = `http://127.0.0.1:${lending}`
  const catalogueUrl = `http://127.0.0.1:${catalogue}`
  await launch('identity,borrow', lending, { BOOK_URL: catalogueUrl })
  const startCatalogue = () => launch('book', catalogue, { IDENTITY_URL: lendingUrl })
  const books = await startCatalogue()

  const post = async (path: string, body: unknown, authorization = '') => {
    const response = await fetch(`${lendingUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), authorization },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: Object(await response.json()) }
  }
  const data = newcomer()
  await post('/api/users', data)
  const { body: tokens } = await post('/api/auth/login', { email: data.email, password: PASSWORD })
  const authorization = `Bearer ${tokens.accessToken}`
  const borrow = (bookId: string, copies = 1) => post('/api/loans', { bookId, copies }, authorization)
  const stateOf = async (id: string) => {
    const response = await fetch(`${lendingUrl}/api/loans/${id}`, { headers: { authorization } })
    return Object(await response.json()).state
  }
  const becomes = (ids: readonly string[], state: string) =>
    until(async () => (await Promise.all(ids.map(stateOf))).every((found) => found === state), {
      what: `${ids.length} loans to be ${state}`,
      deadlineMs: 60_000,
      everyMs: 100,
    })
  const breaker = async () => (await readMetric(lendingUrl, 'payment_breaker_state')).get(BREAKER)
  const asked = async () => {
    const counts = await readMetric(catalogueUrl, 'http_request_duration_seconds_count')
    return [...counts].reduce((sum, [labels, n]) => (labels.includes('/internal/books') ? sum + n : sum), 0)
  }

  // Asked before anything is written: what surely cannot be is refused at once.
  const book = await addBook(3)
  expect(await borrow(book, 4)).toMatchObject({
    status: 409,
    body: { errors: [{ code: 'not_enough_stock' }] },
  })
  expect(await borrow(randomUUID())).toMatchObject({
    status: 409,
    body: { errors: [{ code: 'book_unknown' }] },
  })
  expect(await asked()).toBe(2)
  expect(
    (await fetch(`${catalogueUrl}/internal/books/${book}/stock?patron=${randomUUID()}&copies=1`)).status,
  ).toBe(401)

  books.signal('SIGKILL')
  await books.exit
  const pending: string[] = []
  const waits: number[] = []
  const ofMany = await addBook(40)
  await execute(database.url, `update borrow.patron set category = 'staff'`)
  for (let n = 0; n < 18; n += 1) {
    const began = performance.now()
    const { status, body } = await borrow(ofMany)
    waits.push(performance.now() - began)
    expect({ status, state: body.state }).toEqual({ status: 201, state: 'pending' })
    pending.push(String(body.id))
  }
  expect(await breaker()).toBe(2)
  // The last ones did not wait for it.
  expect(Math.max(...waits.slice(-3))).toBeLessThan(2_000)

  await startCatalogue()
  await becomes(pending, 'active')
  // Whatever waited was settled by its event; nothing of it was asked again.
  expect(await asked()).toBeLessThanOrEqual(1)
  const [last = ''] = pending
  expect(await post(`/api/loans/${last}/returns`, { copies: 1 }, authorization)).toMatchObject({
    status: 200,
  })
  // By trials the breaker finds out, one after another, and closes.
  await until(
    async () => {
      await borrow(book, 100)
      return (await breaker()) === 0
    },
    { what: 'the breaker to close', deadlineMs: 60_000, everyMs: 500 },
  )
  expect(JSON.stringify((await borrow(book, 100)).body.errors)).toContain('not_enough_stock')
})
