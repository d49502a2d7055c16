import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import {
  askLoan,
  askReturn,
  atLoan,
  Book,
  borrow,
  Fees,
  Hold,
  Loan,
  Policy,
  Returned,
  readBook,
  readDashboard,
  readLoan,
  registerBook,
  untilDashboard,
  untilLendingKnows,
  untilStock,
} from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person, signIn } from '../support/people.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'

let system: System
let minji: Person
let jun: Person
let librarian: Person
beforeAll(async () => {
  system = await startSystem()
  ;[minji, jun, librarian] = await Promise.all([
    customer(system),
    customer(system),
    colleague(system, 'librarian'),
  ])
})
afterAll(async () => {
  await system?.stop()
})

const BookList = Type.Object({
  data: Type.Array(Type.Object({ id: Type.String(), available: Type.Integer() })),
})
const listed = async (query: string) =>
  expectBody(await system.api().get(`/api/books?${query}`), 200, BookList).data

test('a librarian registers, changes and withdraws books, and says how many copies there are', async () => {
  const json = {
    title: '칠월의 도서관 사람들',
    author: '한다솜',
    publisher: '별밭',
    year: 2024,
    isbn: '979-11-8800-000-1',
    callNumber: '813.7 한22ㅊ',
    kdc: '813.7',
    copies: 2,
  }
  const wrong = await librarian.api.post('/api/books', { key: true, json })
  expect(wrong).toMatchObject({ status: 400, code: 'invalid_request', fields: ['body.isbn'] })
  const asked = { key: 'library-journey-register', json: { ...json, isbn: '979-11-8800-000-5' } }
  const answer = await librarian.api.post('/api/books', asked)
  const book = expectBody(answer, 201, Book)
  expect(book).toMatchObject({ isbn: '9791188000005', stock: { available: 2, onLoan: 0 } })
  expect(await librarian.api.post('/api/books', asked)).toMatchObject({ status: 201, body: answer.body })
  const twice = await librarian.api.post('/api/books', { ...asked, key: true })
  expect(twice).toMatchObject({ status: 409, code: 'isbn_taken' })

  for (const keyword of [
    '칠월의도서관',
    'ㅊㅇㅇ ㄷㅅㄱ',
    '한다솜 별밭',
    '9791188000005',
    '979-11-8800-000-5',
    '도서과',
  ])
    expect(await listed(`keyword=${encodeURIComponent(keyword)}&available=true`)).toEqual([
      expect.objectContaining({ id: book.id, available: 2 }),
    ])
  expect(await listed(`keyword=${encodeURIComponent('칠월의 도서관')}&kdc=9`)).toEqual([])
  expect(await system.api().get('/api/books?page=51')).toMatchObject({ code: 'page_too_deep' })

  const path = `/api/books/${book.id}`
  const change = {
    version: 1,
    title: '팔월의 도서관 사람들',
    extent: ' 2책 ',
    series: ' 팔월 총서 ',
    seriesVolume: '12 ',
    subjects: '소설; 한국--역사 ; 도서관 ;소설',
  }
  const changed = expectBody(await librarian.api.patch(path, { json: change }), 200, Book)
  const known = {
    edition: '',
    extent: '2책',
    series: '팔월 총서',
    seriesVolume: '12',
    subjects: '소설 ; 한국--역사 ; 도서관',
  }
  expect(changed).toMatchObject({ title: '팔월의 도서관 사람들', version: 2 })
  expect((await system.api().get(path)).body).toMatchObject(known)
  const page = await (await fetch(`${system.url}/library/books/${book.id}`)).text()
  for (const subject of ['소설', '한국 › 역사', '도서관'])
    expect(page).toContain(`<li lang="ko">${subject}</li>`)
  expect(page).toContain('팔월 총서</a> ; 12')
  const many = { version: 2, subjects: Array.from({ length: 400 }, (_, n) => n).join(';') }
  expect(await librarian.api.patch(path, { json: many })).toMatchObject({
    body: { errors: [{ field: 'body.subjects' }] },
  })
  expect(await librarian.api.patch(path, { json: change })).toMatchObject({ code: 'book_changed_meanwhile' })
  expect(await librarian.api.patch(path, { json: { version: 2, series: '' } })).toMatchObject({
    body: { errors: [{ field: 'body.seriesVolume' }] },
  })
  for (const keyword of ['팔월', '총서 12'])
    expect((await listed(`keyword=${encodeURIComponent(keyword)}`)).map(({ id }) => id)).toEqual([book.id])

  const copies = await librarian.api.get(`${path}/copies`)
  const barcode = String(at(copies.body, 'data', 0, 'barcode'))
  const damaged = await librarian.api.send('PUT', `${path}/copies/${barcode}`, { json: { state: 'damaged' } })
  expect(damaged).toMatchObject({ status: 200, body: { barcode, state: 'damaged' } })
  expect((await readBook(minji, book.id)).stock).toMatchObject({ available: 1 })

  const loan = await borrow(minji, book.id)
  expect(await librarian.api.send('PUT', `${path}/copies`, { json: { copies: 0 } })).toMatchObject({
    status: 409,
    code: 'copies_out',
    body: { least: 1 },
  })
  expect(await librarian.api.delete(path)).toMatchObject({ status: 409, code: 'copies_out' })
  const onLoan = String(at((await librarian.api.get(`${path}/copies`)).body, 'data', 1, 'barcode'))
  const kept = await librarian.api.send('PUT', `${path}/copies/${onLoan}`, { json: { state: 'lost' } })
  expect(kept).toMatchObject({ status: 409, code: 'copy_in_use' })
  const fewer = await librarian.api.send('PUT', `${path}/copies`, { json: { copies: 1 } })
  expect(expectBody(fewer, 200, Book).stock).toMatchObject({ available: 0, onLoan: 1 })

  expect(await askReturn(minji, loan.id)).toMatchObject({ status: 200 })
  await untilStock(minji, book.id, 'it back', ({ available }) => available === 1)
  expect(expectBody(await librarian.api.delete(path), 200, Book).state).toBe('withdrawn')
  expect(await librarian.api.delete(path)).toMatchObject({ status: 200 })
  expect(await listed(`keyword=${encodeURIComponent('팔월')}`)).toEqual([])
  const gone = await askLoan(minji, book.id)
  expect(gone).toMatchObject({ code: 'borrow_refused', body: { errors: [{ code: 'book_withdrawn' }] } })
})

test('everything that stands against a loan is told at once, and who has a copy never', async () => {
  const { id } = await registerBook(librarian, 1)
  const loan = await borrow(jun, id)
  const empty = await askLoan(minji, id)
  expect(empty).toMatchObject({
    status: 409,
    code: 'borrow_refused',
    body: { errors: [{ field: 'book', code: 'not_enough_stock' }], offers: ['join_queue'] },
  })
  expect(JSON.stringify(empty.body)).not.toContain(jun.id)
  // More than there are: nobody waits for what could be borrowed now.
  const two = await registerBook(librarian, 2)
  const tooMany = await askLoan(minji, two.id, { copies: 3 })
  expect(tooMany.body).toMatchObject({ errors: [{ code: 'not_enough_stock' }], offers: [] })
  const queue = await minji.api.post(`/api/books/${two.id}/holds`, { key: true, json: {} })
  expect(queue).toMatchObject({ status: 409, code: 'copies_available' })
  expect(JSON.stringify((await system.api().get(`/api/books/${id}`)).body)).not.toContain(jun.id)
  const unknown = '01890000-0000-7000-8000-000000000000'
  expect((await askLoan(minji, unknown)).body).toMatchObject({ errors: [{ code: 'book_unknown' }] })

  const patron = `/api/patrons/${jun.id}`
  const blocked = { json: { category: 'child', blockedReason: '자료 훼손' } }
  expect(await librarian.api.patch(patron, blocked)).toMatchObject({ status: 200 })
  const many = await askLoan(jun, id, { copies: 5 })
  expect(at(many.body, 'errors')).toMatchObject([
    { code: 'patron_blocked' },
    { code: 'over_limit' },
    { code: 'not_enough_stock' },
  ])
  const renewal = await jun.api.post(`/api/loans/${loan.id}/renew`, { key: true, json: {} })
  expect(renewal).toMatchObject({ code: 'renewal_refused', body: { errors: [{ code: 'patron_blocked' }] } })

  // At the desk: only librarians lend to others, and against the rules only with a reason that is kept.
  const other = await registerBook(librarian, 1)
  const override = { reason: '연구 목적' }
  expect(await askLoan(minji, other.id, { patronId: jun.id })).toMatchObject({ status: 403 })
  expect(await askLoan(minji, other.id, { override })).toMatchObject({ status: 403 })
  expect(await askLoan(librarian, other.id, { patronId: jun.id })).toMatchObject({ code: 'borrow_refused' })
  const nobody = await askLoan(librarian, other.id, { patronId: unknown })
  expect(nobody.body).toMatchObject({ errors: [{ code: 'patron_unknown' }] })
  const lent = expectBody(await askLoan(librarian, other.id, { patronId: jun.id, override }), 201, Loan)
  expect(lent.patronId).toBe(jun.id)
  // Also to somebody who has an account and never borrowed.
  const newcomer = await customer(system)
  await until(async () => (await librarian.api.get(`/api/patrons/${newcomer.id}`)).status === 200, {
    what: 'the desk to know the newcomer',
    deadlineMs: 10_000,
    everyMs: 20,
  })
  const third = await registerBook(librarian, 1)
  const first = expectBody(await askLoan(librarian, third.id, { patronId: newcomer.id }), 201, Loan)
  expect(first.patronId).toBe(newcomer.id)
  expect(
    await execute(
      system.databaseOf('borrow'),
      `select reason from borrow.override where loan_id = '${lent.id}'`,
    ),
  ).toEqual([{ reason: '연구 목적' }])
  const free = { json: { category: 'adult', blockedReason: null } }
  expect(await librarian.api.patch(patron, free)).toMatchObject({ body: { blockedReason: null } })
  expect(await librarian.api.get(patron)).toMatchObject({
    status: 200,
    body: { id: jun.id, category: 'adult', blockedReason: null },
  })
  for (const { id: open } of [loan, await atLoan(jun, lent.id, 'active')]) await askReturn(jun, open)
})

test('returns are refused without touching stock, and repeated without effect', async () => {
  const { id } = await registerBook(librarian, 3)
  const loan = await borrow(minji, id, 2)
  expect(await askReturn(jun, loan.id)).toMatchObject({ status: 404 })
  expect(await askReturn(minji, loan.id, { copies: 3 })).toMatchObject({
    code: 'too_many_copies',
    body: { out: 2 },
  })
  const now = Temporal.Now.instant()
  const dropped = { copies: 1, effectiveAt: now.subtract({ hours: 48 }).toString() }
  expect(await askReturn(minji, loan.id, dropped)).toMatchObject({ status: 403 })
  expect(await askReturn(librarian, loan.id, dropped)).toMatchObject({
    status: 422,
    code: 'effective_at_invalid',
  })
  const ahead = { copies: 1, effectiveAt: now.add({ hours: 480 }).toString() }
  expect(await askReturn(librarian, loan.id, ahead)).toMatchObject({ code: 'effective_at_invalid' })

  const path = `/api/loans/${loan.id}/returns`
  const asked = { key: 'library-journey-return-1', json: { copies: 1 } }
  const first = await minji.api.post(path, asked)
  expect(expectBody(first, 200, Returned)).toMatchObject({
    returnNo: 1,
    fee: 0,
    loan: { out: 1, state: 'active' },
  })
  expect((await minji.api.post(path, asked)).body).toEqual(first.body)
  expect(await minji.api.post(path, { ...asked, json: { copies: 2 } })).toMatchObject({
    status: 422,
    code: 'idempotency_key_reused',
  })
  expect(await askReturn(minji, loan.id)).toMatchObject({ body: { loan: { state: 'returned', out: 0 } } })
  expect(await askReturn(minji, loan.id)).toMatchObject({ status: 409, code: 'loan_not_active' })
  expect(await minji.api.post(`/api/loans/${loan.id}/cancel`)).toMatchObject({ code: 'loan_not_pending' })
  await untilStock(minji, id, 'all of it', ({ available, onLoan }) => available === 3 && onLoan === 0)
})

test('who waits gets the copy that comes back, before anybody who walks in', async () => {
  const { id, title } = await registerBook(librarian, 1)
  const holds = `/api/books/${id}/holds`
  expect(await jun.api.post(holds, { key: true })).toMatchObject({ status: 409, code: 'copies_available' })
  const loan = await borrow(minji, id)
  const first = expectBody(await jun.api.post(holds, { key: true }), 201, Hold)
  expect(first).toMatchObject({ state: 'waiting', ahead: 0 })
  expect(await jun.api.post(holds, { key: true })).toMatchObject({ code: 'hold_exists' })
  const second = expectBody(await librarian.api.post(holds, { key: true }), 201, Hold)
  expect(second.ahead).toBe(1)
  expect(at((await librarian.api.get(holds)).body, 'data', 0, 'patronId')).toBe(jun.id)

  await untilLendingKnows(system, id, 2)
  const renewal = await minji.api.post(`/api/loans/${loan.id}/renew`, { key: true, json: {} })
  expect(renewal).toMatchObject({ code: 'renewal_refused', body: { errors: [{ code: 'hold_waiting' }] } })
  await askReturn(minji, loan.id)
  await untilStock(minji, id, 'it on the hold shelf', ({ onShelf }) => onShelf === 1)
  const walkIn = await askLoan(minji, id)
  expect(walkIn.body).toMatchObject({ errors: [{ code: 'held_for_others' }], offers: ['join_queue'] })
  const shelved = await jun.api.get('/api/holds')
  expect(at(shelved.body, 'data', 0)).toMatchObject({ id: first.id, state: 'shelved', book: { title } })

  const taken = await borrow(jun, id)
  expect(at((await jun.api.get('/api/holds?all=true')).body, 'data', 0, 'state')).toBe('collected')
  expect(await minji.api.delete(`/api/holds/${second.id}`)).toMatchObject({ status: 404 })
  await askReturn(jun, taken.id)
  await untilStock(minji, id, 'it on the shelf for the second', ({ onShelf }) => onShelf === 1)
  expect(await librarian.api.delete(`/api/holds/${second.id}`)).toMatchObject({
    body: { state: 'cancelled' },
  })
  expect(await librarian.api.delete(`/api/holds/${second.id}`)).toMatchObject({ status: 200 })
  await untilStock(minji, id, 'it free', ({ available, onShelf }) => available === 1 && onShelf === 0)
})

test('the dashboard is live, and a reader who comes back gets what was missed', async () => {
  const { id } = await registerBook(librarian, 2)
  const before = await readDashboard(jun)
  const next = async (seen: number) => {
    const headers = { 'last-event-id': String(seen) }
    const { body } = await jun.api.get('/api/dashboard/stream', { headers, endless: true })
    const [, event, data] = /^id: (\d+)\nevent: dashboard\ndata: (.+)$/m.exec(String(body)) ?? []
    return { event: Number(event), borrowed: at(JSON.parse(data ?? '{}'), 'borrowed') }
  }
  const waiting = next(before.revision)
  const loan = await borrow(jun, id, 2)
  expect((await waiting).event).toBeGreaterThan(before.revision)
  const seen = await untilDashboard(jun, '2 more', ({ borrowed }) => borrowed === before.borrowed + 2)
  expect(await next(before.revision)).toEqual({ event: seen.revision, borrowed: seen.borrowed })
  await askReturn(jun, loan.id, { copies: 2 })
  expect((await next(seen.revision)).event).toBeGreaterThan(seen.revision)
  const after = await untilDashboard(jun, 'them gone', ({ borrowed }) => borrowed === before.borrowed)
  expect(after.history.filter(({ loanId }) => loanId === loan.id).map(({ what }) => what)).toEqual([
    'returned',
    'activated',
    'borrowed',
  ])
  const { rebuild } = system.services.dashboard
  expect(await rebuild()).toMatchObject({ corrected: 0 })
  expect(await readDashboard(jun)).toMatchObject({ borrowed: after.borrowed, lateFees: after.lateFees })
})

/** To noon of a day. Weeks have passed then: everybody signs in again. */
async function moveTo(day: Temporal.PlainDate): Promise<void> {
  const noon = day.toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '12:00' }).toInstant()
  system.skip(system.now().until(noon, { smallestUnit: 'seconds', largestUnit: 'seconds' }))
  minji = { ...minji, ...(await signIn(system, minji.email)) }
  jun = { ...jun, ...(await signIn(system, jun.email)) }
  librarian = { ...librarian, ...(await signIn(system, librarian.email)) }
}

test('borrow four, bring three back seven days late: one is borrowed, and it cost 500 won', async () => {
  const book = await registerBook(librarian, 5)
  const loan = await borrow(minji, book.id, 4)
  await untilDashboard(minji, '4 borrowed', ({ borrowed }) => borrowed === 4)
  await untilStock(minji, book.id, '1 left', ({ available }) => available === 1)
  await moveTo(Temporal.PlainDate.from(loan.dueOn).add({ days: 7 }))
  const back = expectBody(await askReturn(minji, loan.id, { copies: 3 }), 200, Returned)
  expect(back).toMatchObject({ lateDays: 7, fee: 500, loan: { out: 1, lateFees: 500 } })
  const seen = await untilDashboard(minji, '1 borrowed', ({ borrowed }) => borrowed === 1)
  expect(seen).toMatchObject({ borrowed: 1, lateFees: 500, pending: 0 })
  await untilStock(minji, book.id, '4 again', ({ available, onLoan }) => available === 4 && onLoan === 1)
  await askReturn(minji, loan.id)
})

test('late copies are told of, renewed only by a librarian, given up, charged, found and paid', async () => {
  const { borrow: lending } = system.services
  const { id } = await registerBook(librarian, 2)
  const loan = await borrow(jun, id, 2)
  const renew = (person: Person, json: object = {}) =>
    person.api.post(`/api/loans/${loan.id}/renew`, { key: true, json })
  const renewed = expectBody(await renew(jun), 200, Loan)
  expect(renewed.renewals).toBe(1)
  expect(renewed.dueOn > loan.dueOn).toBe(true)
  expect(expectBody(await renew(jun), 200, Loan).renewals).toBe(2)
  expect(await renew(jun)).toMatchObject({ body: { errors: [{ code: 'renewals_used_up' }] } })

  const { dueOn } = await readLoan(jun, loan.id)
  await moveTo(Temporal.PlainDate.from(dueOn).add({ days: 8 }))
  expect((await readLoan(jun, loan.id)).wouldBe).toEqual({ lateDays: 8, fee: 1_000 })
  await lending.markOverdue()
  await atLoan(jun, loan.id, 'overdue')
  await untilDashboard(jun, 'what is late', ({ overdue, lateFees }) => overdue === 2 && lateFees === 0)
  expect((await renew(jun)).body).toMatchObject({
    errors: [{ code: 'renewals_used_up' }, { code: 'loan_overdue' }],
  })
  expect(await renew(jun, { override: { reason: '병원 입원' } })).toMatchObject({ status: 403 })
  const allowed = expectBody(await renew(librarian, { override: { reason: '병원 입원' } }), 200, Loan)
  expect(allowed).toMatchObject({ state: 'active', renewals: 3 })

  // In the book drop on the day it was due, found two days later: nothing to pay.
  await moveTo(Temporal.PlainDate.from(allowed.dueOn).add({ days: 2 }))
  const effectiveAt = `${allowed.dueOn}T23:59:59.999+09:00`
  const dropped = await askReturn(librarian, loan.id, { copies: 1, effectiveAt })
  expect(expectBody(dropped, 200, Returned)).toMatchObject({ lateDays: 0, fee: 0, loan: { out: 1 } })

  await moveTo(Temporal.PlainDate.from(allowed.dueOn).add({ days: 60 }))
  await lending.markOverdue()
  // Where lending is another process, its own sweep may have been first.
  const givenUp = await lending.giveUpLongOverdue()
  if (inOneProcess) expect(givenUp).toBeGreaterThan(0)
  expect(await readLoan(jun, loan.id)).toMatchObject({ state: 'lost', out: 0 })
  expect(await askReturn(jun, loan.id)).toMatchObject({ status: 409, code: 'loan_lost' })
  await untilStock(jun, id, 'one lost', ({ lost, available }) => lost === 1 && available === 1)
  const fees = async () => expectBody(await jun.api.get('/api/loans/fees'), 200, Fees)
  expect(await fees()).toMatchObject({ balance: 20_000, entries: [{ kind: 'replacement', amount: 20_000 }] })

  const desk = (name: string, json: object) =>
    librarian.api.post(`/api/patrons/${jun.id}/${name}`, { key: true, json })
  expect(await desk('payments', { amount: 20_001 })).toMatchObject({
    code: 'more_than_owed',
    body: { balance: 20_000 },
  })
  expect(await desk('payments', { amount: 5_000 })).toMatchObject({ status: 201 })
  expect(await desk('waivers', { amount: 1_000 })).toMatchObject({ status: 400 })
  expect(await desk('waivers', { amount: 1_000, reason: '첫 연체' })).toMatchObject({ status: 201 })
  expect((await fees()).balance).toBe(14_000)

  expect(await librarian.api.post(`/api/loans/${loan.id}/found`)).toMatchObject({
    body: { state: 'returned' },
  })
  expect(await librarian.api.post(`/api/loans/${loan.id}/found`)).toMatchObject({ code: 'loan_not_lost' })
  // What was paid is given back, what was waived is not.
  expect((await fees()).balance).toBe(-5_000)
  const patron = await librarian.api.get(`/api/patrons/${jun.id}/fees`)
  expect(patron.body).toEqual((await jun.api.get('/api/loans/fees')).body)
  await untilStock(jun, id, 'both again', ({ lost, available }) => lost === 0 && available === 2)
  await untilDashboard(
    jun,
    'nothing charged late',
    ({ lateFees, overdue }) => lateFees === 0 && overdue === 0,
  )

  const another = await borrow(jun, id)
  const lost = await librarian.api.post(`/api/loans/${another.id}/lost`)
  expect(lost).toMatchObject({ status: 200, body: { state: 'lost', replacement: 20_000 } })
  expect(await librarian.api.post(`/api/loans/${another.id}/lost`)).toMatchObject({ status: 200 })
  expect((await fees()).balance).toBe(15_000)
})

test('new rules of lending are for new loans', async () => {
  const { id } = await registerBook(librarian, 2)
  const old = await borrow(minji, id)
  const { version, rules } = expectBody(await system.api().get('/api/loans/policy'), 200, Policy)
  const publish = (lateFee: object, seen = version) =>
    librarian.api.send('PUT', '/api/loans/policy', {
      json: { version: seen, rules: { ...rules, lateFee } },
    })
  const bands = [
    { fromDay: 1, fee: 500 },
    { fromDay: 8, fee: 1_000 },
  ]
  expect(await publish({ mode: 'marginal', bands })).toMatchObject({ fields: ['body.rules.lateFee.cap'] })
  const falling = { mode: 'flat', bands: [...bands, { fromDay: 9, fee: 1 }] }
  expect(await publish(falling)).toMatchObject({ fields: ['body.rules.lateFee.bands'] })
  expect(await publish({ mode: 'marginal', bands, cap: 4_000 })).toMatchObject({ status: 200 })
  expect(await publish({ mode: 'marginal', bands, cap: 4_000 })).toMatchObject({
    code: 'policy_changed_meanwhile',
    body: { version: version + 1 },
  })
  const fresh = await borrow(minji, id)
  await moveTo(Temporal.PlainDate.from(fresh.dueOn).add({ days: 7 }))
  expect(await askReturn(minji, old.id)).toMatchObject({ body: { lateDays: 7, fee: 500 } })
  expect(await askReturn(minji, fresh.id)).toMatchObject({ body: { lateDays: 7, fee: 3_500 } })
  const own = await minji.api.get(`/api/loans?state=returned&size=1`)
  expect(at(own.body, 'data', 0, 'policyVersion')).toBe(version + 1)
  expect(await minji.api.get(`/api/loans?patronId=${jun.id}`)).toMatchObject({ status: 403 })
  const theirs = await librarian.api.get(`/api/loans?bookId=${id}`)
  expect(at(theirs.body, 'page', 'totalElements')).toBe(2)
})

test('rules published for a day to come are for the loans of that day, and readers are told before', async () => {
  const { id } = await registerBook(librarian, 2)
  const { version, rules } = expectBody(await system.api().get('/api/loans/policy'), 200, Policy)
  const from = Temporal.PlainDate.from(system.now().toZonedDateTimeISO('Asia/Seoul')).add({ days: 3 })
  const longer = { ...rules, loanDays: 29, lateFee: { mode: 'flat', bands: [{ fromDay: 1, fee: 700 }] } }
  const publish = (inForceOn: string, seen = version) =>
    librarian.api.send('PUT', '/api/loans/policy', { json: { version: seen, inForceOn, rules: longer } })
  const checked = await librarian.api.post('/api/loans/policy/check', { json: { rules: longer } })
  expect(at(checked.body, 'lateFees', 1)).toMatchObject({ days: 7, fee: 700, feeNow: 3_500 })
  const falling = { ...longer, lateFee: { mode: 'flat', bands: [{ fromDay: 2, fee: 700 }] } }
  expect(await librarian.api.post('/api/loans/policy/check', { json: { rules: falling } })).toMatchObject({
    fields: ['body.rules.lateFee.bands'],
  })
  for (const day of [from.subtract({ days: 3 }), from.add({ years: 2 })])
    expect(await publish(day.toString())).toMatchObject({ status: 400, fields: ['body.inForceOn'] })
  expect(await publish(from.toString())).toMatchObject({ status: 200, body: { inForceOn: from.toString() } })
  expect(await publish(from.toString())).toMatchObject({ body: { version: version + 1 } })

  const states = async () => {
    const { body } = await librarian.api.get('/api/loans/policies')
    return [0, 1].map((nth) => at(body, 'data', nth, 'state'))
  }
  expect(await states()).toEqual(['planned', 'in_force'])
  expect((await system.api().get('/api/loans/policy')).body).toMatchObject({ version })
  const guide = async () => String((await system.api().get('/library/guide')).body)
  expect(await guide()).toContain('700원')
  const before = await borrow(minji, id)
  await moveTo(from)
  expect(await states()).toEqual(['in_force', 'past'])
  const after = await borrow(minji, id)
  const own = await minji.api.get(`/api/loans?size=2`)
  expect(own.body).toMatchObject({
    data: [
      { id: after.id, policyVersion: version + 1 },
      { id: before.id, policyVersion: version },
    ],
  })
  const expected = from.add({ days: 29 })
  expect(Temporal.PlainDate.compare(Temporal.PlainDate.from(after.dueOn), expected)).toBeGreaterThanOrEqual(0)
  for (const { id: open } of [before, after]) await askReturn(minji, open)
})

const Letters = Type.Object({
  data: Type.Array(Type.Object({ kind: Type.String(), about: Type.Object({ id: Type.String() }) })),
})

test('a due date that is near is told once, however many look, and again after a renewal', async () => {
  const { remindDue } = system.services.borrow
  const { id } = await registerBook(librarian, 1)
  const loan = await borrow(minji, id)
  const told = async () =>
    expectBody(await minji.api.get('/api/notifications?size=100'), 200, Letters).data.filter(
      ({ kind, about }) => kind === 'loan_due_soon' && about.id === loan.id,
    ).length
  const untilTold = (times: number) =>
    until(async () => (await told()) === times, { what: `${times} letters`, deadlineMs: 15_000 })
  const due = Temporal.PlainDate.from(loan.dueOn)
  await moveTo(due.subtract({ days: 3 }))
  await remindDue()
  if (inOneProcess) expect(await told()).toBe(0)
  await moveTo(due.subtract({ days: 2 }))
  await Promise.all([remindDue(), remindDue(), remindDue()])
  await untilTold(1)
  const renewal = await minji.api.post(`/api/loans/${loan.id}/renew`, { key: true, json: {} })
  const { dueOn } = expectBody(renewal, 200, Loan)
  await remindDue()
  expect(await told()).toBe(1)
  await moveTo(Temporal.PlainDate.from(dueOn))
  await remindDue()
  await untilTold(2)
  // Neither a return nor the day after is held up by it.
  expectBody(await askReturn(minji, loan.id), 200, Returned)
  await untilStock(minji, id, 'one again', ({ available }) => available === 1)
})
