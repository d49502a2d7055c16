import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { askReturn, borrow, registerBook, untilDashboard } from '../library/api.ts'
import { colleague, customer, PASSWORD } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let holder: pg.Client
beforeAll(async () => {
  system = await startSystem()
  holder = new pg.Client({ connectionString: system.databaseUrl })
  await holder.connect()
})
afterAll(async () => {
  await holder?.end()
  await system?.stop()
})

test('a page says since when news has not reached it, and no longer once it has', async () => {
  const [reader, librarian] = [await customer(system), await colleague(system, 'librarian')]
  const { id: bookId } = await registerBook(librarian, 1)
  const loan = await borrow(reader, bookId)
  await untilDashboard(reader, 'the loan', ({ borrowed }) => borrowed === 1)
  const login = await fetch(`${system.url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: system.url },
    body: new URLSearchParams({ email: reader.email, password: PASSWORD }),
  })
  const cookie = login.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ')
  const page = async () => (await fetch(`${system.url}/library/my`, { headers: { cookie } })).text()
  const isBehind = async () => (await page()).includes('뒤의 소식이 아직 반영되지 않았습니다')
  expect(await isBehind()).toBe(false)
  // Nothing can be written to the read model, and everybody may read it.
  await holder.query('begin')
  await holder.query('lock table dashboard.loan_event in share mode')
  await askReturn(reader, loan.id)
  await until(isBehind, { what: 'the page to say that it is behind', deadlineMs: 20_000 })
  await holder.query('rollback')
  await until(async () => !(await isBehind()), { what: 'the page to be up to date', deadlineMs: 20_000 })
})
