import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { askReturn, borrow, Hold, Opening, registerBook, untilStock } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let reader: Person
let librarian: Person
beforeAll(async () => {
  system = await startSystem()
  ;[reader, librarian] = await Promise.all([customer(system), colleague(system, 'librarian')])
})
afterAll(async () => {
  await system?.stop()
})

const opening = async () => expectBody(await system.api().get('/api/loans/opening'), 200, Opening)
const change = (json: object) => librarian.api.send('PUT', '/api/loans/opening', { json })
const Changed = Type.Object({ version: Type.Integer(), loansDueWhenClosed: Type.Integer() })
const closing = (day: string) => ({ day, isOpen: false, reason: '장서 점검' })

test('a library begins with what its settings say, and readers see when it is closed', async () => {
  expect(await opening()).toEqual(
    expect.objectContaining({ version: 1, closedWeekdays: [1], closedOnHolidays: true, days: [] }),
  )
  const guide = String((await system.api().get('/library/guide')).body)
  expect(guide).toContain('월요일, 공휴일')
})

test('a day that is closed moves new due dates, and none that was told', async () => {
  const { id: bookId } = await registerBook(librarian, 2)
  const { version, closedWeekdays, closedOnHolidays } = await opening()
  const told = await borrow(reader, bookId)
  const wanted = { version, closedWeekdays, closedOnHolidays, days: [closing(told.dueOn)] }
  expect(await change({ ...wanted, days: [closing(told.dueOn), closing(told.dueOn)] })).toMatchObject({
    status: 400,
    fields: ['body.days'],
  })
  // Two librarians at once: the one who comes second sees the change of the first before they repeat theirs.
  const answers = await Promise.all([change(wanted), change(wanted)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
  expect(answers.find(({ status }) => status === 409)).toMatchObject({
    code: 'opening_changed_meanwhile',
    body: { version: version + 1 },
  })
  const done = answers.find(({ status }) => status === 200)
  if (!done) throw new Error('nobody changed anything')
  expect(expectBody(done, 200, Changed)).toMatchObject({ version: version + 1, loansDueWhenClosed: 1 })

  const later = await borrow(reader, bookId)
  expect(Temporal.PlainDate.compare(Temporal.PlainDate.from(later.dueOn), told.dueOn)).toBe(1)
  const own = await reader.api.get(`/api/loans?size=2`)
  expect(own.body).toMatchObject({ data: [{ dueOn: later.dueOn }, { dueOn: told.dueOn }] })
  const noted = await execute(
    system.databaseUrl,
    `select after -> 'days' -> 0 ->> 'reason' as reason from platform.audit_entry where action = 'opening.changed'`,
  )
  expect(noted).toEqual([{ reason: '장서 점검' }])
  for (const { id } of [told, later]) await askReturn(reader, id)
})

test('a long closing is told with the day after it, and one of a year is refused', async () => {
  const { version, closedWeekdays, closedOnHolidays } = await opening()
  const days = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      closing(Temporal.PlainDate.from('2031-03-02').add({ days: n }).toString()),
    )
  const wanted = { version, closedWeekdays, closedOnHolidays, days: days(370) }
  expect(await change(wanted)).toMatchObject({ status: 400, fields: ['body.days'] })
  expect(await change({ ...wanted, days: days(30) })).toMatchObject({
    status: 200,
    // The first of March is a holiday.
    body: { longClosings: [{ from: '2031-03-01', days: 31, opensOn: '2031-04-01' }] },
  })
})

test('the hold shelf counts by the same days, once the catalogue has heard of them', async () => {
  const today = Temporal.PlainDate.from(system.now().toZonedDateTimeISO('Asia/Seoul'))
  const { version } = await opening()
  // Closed for a week from tomorrow, and never else.
  const days = [1, 2, 3, 4, 5, 6, 7].map((ahead) => closing(today.add({ days: ahead }).toString()))
  expect(await change({ version, closedWeekdays: [], closedOnHolidays: false, days })).toMatchObject({
    status: 200,
  })
  await until(
    async () => {
      const [row] = await execute(system.databaseUrl, 'select version from book.opening_calendar')
      return row?.version === version + 1
    },
    { what: 'the catalogue to hear of the opening days', deadlineMs: 20_000 },
  )
  const { id: bookId } = await registerBook(librarian, 1)
  const waiting = await customer(system)
  const loan = await borrow(reader, bookId)
  expectBody(await waiting.api.post(`/api/books/${bookId}/holds`, { key: true }), 201, Hold)
  await askReturn(reader, loan.id)
  await untilStock(reader, bookId, 'it on the hold shelf', ({ onShelf }) => onShelf === 1)
  const listed = await librarian.api.get(`/api/holds/desk?state=shelved&patronId=${waiting.id}`)
  const shelfUntil = String(at(listed.body, 'data', 0, 'shelfUntil'))
  expect(Temporal.Instant.from(shelfUntil).toZonedDateTimeISO('Asia/Seoul').toPlainDate().toString()).toBe(
    today.add({ days: 10 }).toString(),
  )
})
