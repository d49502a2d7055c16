import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  askLoan,
  askReturn,
  atLoan,
  borrow,
  cardOf,
  Fees,
  Hold,
  Loan,
  onlyBarcode,
  Returned,
  readBook,
  registerBook,
  untilLendingKnows,
  untilStock,
} from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let minji: Person
let jun: Person
let librarian: Person
let card: string
beforeAll(async () => {
  system = await startSystem()
  ;[minji, jun, librarian] = await Promise.all([
    customer(system),
    customer(system),
    colleague(system, 'librarian'),
  ])
  card = await cardOf(librarian, minji)
})
afterAll(async () => {
  await system?.stop()
})

const Copies = Type.Object({
  data: Type.Array(Type.Object({ barcode: Type.String(), state: Type.String() })),
})
const copiesOf = async (bookId: string) =>
  expectBody(await librarian.api.get(`/api/books/${bookId}/copies`), 200, Copies).data

const lend = (json: object) => librarian.api.post('/api/loans/desk', { key: true, json })
const takeBack = (json: object, key: string | true = true) =>
  librarian.api.post('/api/loans/desk/returns', { key, json })
const undo = (loanId: string, no = 1) =>
  librarian.api.post(`/api/loans/${loanId}/returns/${no}/undo`, { key: true })

test('the copy that was scanned is lent, and comes back by its barcode', async () => {
  const { id: bookId } = await registerBook(librarian, 3)
  const [, second, third] = await copiesOf(bookId)
  const barcode = second?.barcode ?? ''
  expect(await lend({ card: 'M99999999', barcode, bookId })).toMatchObject({
    code: 'borrow_refused',
    body: { errors: [{ code: 'patron_unknown' }] },
  })
  // Never lent, and nobody says of which title it is.
  expect(await lend({ card, barcode })).toMatchObject({ status: 409, code: 'copy_unknown' })
  const loan = expectBody(await lend({ card, barcode, bookId }), 201, Loan)
  expect(loan.patronId).toBe(minji.id)
  await atLoan(minji, loan.id, 'active')
  expect((await copiesOf(bookId)).map(({ state }) => state)).toEqual(['available', 'on_loan', 'available'])
  expect(await librarian.api.get(`/api/books/copies/${barcode}`)).toMatchObject({
    body: { state: 'on_loan', loanId: loan.id, book: { id: bookId }, hold: null },
  })
  expect(await librarian.api.get('/api/books/copies/PL99999999')).toMatchObject({ status: 404 })

  const patron = await librarian.api.get(`/api/patrons/cards/${card}`)
  expect(patron).toMatchObject({ body: { id: minji.id, card, copiesOut: 1, limit: 10, balance: 0 } })
  expect(at(patron.body, 'loans', 0, 'id')).toBe(loan.id)
  expect(await librarian.api.get('/api/patrons/cards/M99999999')).toMatchObject({ status: 404 })

  // A copy that is out is not lent to anybody else.
  expect(await lend({ card: await cardOf(librarian, jun), barcode })).toMatchObject({
    code: 'borrow_refused',
    body: { errors: [{ code: 'copy_out' }] },
  })

  const key = 'desk-journey-return-1'
  const first = await takeBack({ barcode }, key)
  expect(first).toMatchObject({
    status: 200,
    body: { fee: 0, awaited: false, balance: 0, loan: { id: loan.id, state: 'returned' } },
  })
  expect((await takeBack({ barcode }, key)).body).toEqual(first.body)
  expect(await takeBack({ barcode: third?.barcode }, key)).toMatchObject({ code: 'idempotency_key_reused' })
  expect(await takeBack({ barcode })).toMatchObject({ status: 409, code: 'copy_not_on_loan' })
  await untilStock(minji, bookId, 'all of it', ({ available }) => available === 3)
})

test('of a loan of several the copies come back that were scanned, and not at another time than was said', async () => {
  const { id: bookId } = await registerBook(librarian, 2)
  const loan = await borrow(minji, bookId, 2)
  const [first, second] = await copiesOf(bookId)
  const ahead = { barcode: second?.barcode, scannedAt: system.now().add({ hours: 5 }).toString() }
  expect(await takeBack(ahead)).toMatchObject({ status: 200, body: { returnNo: 1, lateDays: 0 } })
  await untilStock(minji, bookId, 'one back', ({ available }) => available === 1)
  expect((await copiesOf(bookId)).map(({ state }) => state)).toEqual(['on_loan', 'available'])
  const early = { barcode: first?.barcode, effectiveAt: system.now().subtract({ hours: 72 }).toString() }
  expect(await takeBack(early)).toMatchObject({ status: 422, code: 'effective_at_invalid' })
  expect(await takeBack({ barcode: first?.barcode })).toMatchObject({ body: { loan: { id: loan.id } } })
  await untilStock(minji, bookId, 'both back', ({ available }) => available === 2)
})

test('copies lent before barcodes were noted come back by what the catalogue knows', async () => {
  const { id: bookId } = await registerBook(librarian, 1)
  const loan = await borrow(minji, bookId)
  await execute(system.databaseOf('borrow'), `delete from borrow.loan_copy where loan_id = '${loan.id}'`)
  const barcode = await onlyBarcode(librarian, bookId)
  expect(await takeBack({ barcode })).toMatchObject({ code: 'copy_not_on_loan' })
  const key = 'desk-journey-return-2'
  const back = await takeBack({ barcode, loanId: loan.id }, key)
  expect(back).toMatchObject({ status: 200 })
  // The same scan, sent again without what the catalogue said.
  expect((await takeBack({ barcode }, key)).body).toEqual(back.body)
})

test('who waits is told at the return, and is on the list of the shelf', async () => {
  const { id: bookId } = await registerBook(librarian, 1)
  await borrow(minji, bookId)
  expectBody(await jun.api.post(`/api/books/${bookId}/holds`, { key: true }), 201, Hold)
  const listed = await librarian.api.get(`/api/holds/desk?state=waiting&patronId=${jun.id}`)
  expect(at(listed.body, 'data', 0)).toMatchObject({ patronId: jun.id, state: 'waiting', barcode: null })
  await untilLendingKnows(system, bookId, 1)
  const barcode = await onlyBarcode(librarian, bookId)
  const back = await takeBack({ barcode })
  expect(back).toMatchObject({ status: 200, body: { awaited: true } })
  await untilStock(jun, bookId, 'it on the hold shelf', ({ onShelf }) => onShelf === 1)
  expect(await librarian.api.get(`/api/books/copies/${barcode}`)).toMatchObject({
    body: { state: 'on_shelf', hold: { patronId: jun.id } },
  })
  const shelved = await librarian.api.get(`/api/holds/desk?state=shelved&patronId=${jun.id}`)
  expect(at(shelved.body, 'data', 0)).toMatchObject({ barcode, patronId: jun.id })
  // The copy has gone to whoever waited: the return stays.
  expect(await undo(String(at(back.body, 'loan', 'id')))).toMatchObject({
    code: 'borrow_refused',
    body: { errors: [{ code: 'held_for_others' }] },
  })
})

test('a copy that came back elsewhere is pulled for whoever waits, or told to be missing', async () => {
  const toPull = async () => JSON.stringify((await librarian.api.get('/api/holds/to-pull?size=100')).body)
  const cameBack = async () => {
    const { id: bookId } = await registerBook(librarian, 1)
    const loan = await borrow(minji, bookId)
    expectBody(await jun.api.post(`/api/books/${bookId}/holds`, { key: true }), 201, Hold)
    const barcode = await onlyBarcode(librarian, bookId)
    await askReturn(minji, loan.id)
    await untilStock(jun, bookId, 'it kept for jun', ({ onShelf }) => onShelf === 1)
    expect(await toPull()).toContain(barcode)
    return { barcode, bookId }
  }
  const found = await cameBack()
  const put = await librarian.api.post(`/api/holds/to-pull/${found.barcode}/put`)
  expect(put).toMatchObject({ status: 200, body: { put: 'shelved', patronId: jun.id } })
  const cards = await librarian.api.get(`/api/patrons/cards?of=${jun.id}`)
  expect(at(cards.body, 'data', 0, 'patronId')).toBe(jun.id)
  const lost = await cameBack()
  expect(await librarian.api.post(`/api/holds/to-pull/${lost.barcode}/missing`)).toMatchObject({
    status: 200,
    body: { hold: 'waiting' },
  })
  await untilStock(jun, lost.bookId, 'it lost', (stock) => stock.lost === 1 && stock.waiting === 1)
  const left = await toPull()
  expect([left.includes(found.barcode), left.includes(lost.barcode)]).toEqual([false, false])
})

test('who brings another copy than the one on the shelf collects the hold with it', async () => {
  const { id: bookId } = await registerBook(librarian, 1)
  const first = await borrow(minji, bookId)
  const hold = expectBody(await jun.api.post(`/api/books/${bookId}/holds`, { key: true }), 201, Hold)
  expect(await askReturn(minji, first.id)).toMatchObject({ status: 200 })
  await untilStock(jun, bookId, 'it on the hold shelf', ({ onShelf }) => onShelf === 1)
  await librarian.api.send('PUT', `/api/books/${bookId}/copies`, { json: { copies: 2 } })
  const [kept, free] = await copiesOf(bookId)
  expect([kept?.state, free?.state]).toEqual(['on_shelf', 'available'])
  const loan = expectBody(
    await lend({ card: await cardOf(librarian, jun), barcode: free?.barcode, bookId }),
    201,
    Loan,
  )
  await atLoan(jun, loan.id, 'active')
  expect((await copiesOf(bookId)).map(({ state }) => state)).toEqual(['available', 'on_loan'])
  const own = await jun.api.get('/api/holds?all=true')
  expect(at(own.body, 'data', 0)).toMatchObject({ id: hold.id, state: 'collected' })
})

test('a return by mistake is undone once: the loan goes on as it was, and costs nothing', async () => {
  const { id: bookId } = await registerBook(librarian, 1)
  const loan = await borrow(minji, bookId)
  const barcode = await onlyBarcode(librarian, bookId)
  await execute(
    system.databaseOf('borrow'),
    `update borrow.loan set borrowed_at = borrowed_at - interval '20 days',
                            due_on = (now() at time zone 'Asia/Seoul')::date - 6
     where id = '${loan.id}'`,
  )
  expect(await takeBack({ barcode })).toMatchObject({ body: { lateDays: 6, fee: 500, balance: 500 } })
  await untilStock(minji, bookId, 'it back', ({ available }) => available === 1)
  // Pressed by two at once.
  const answers = await Promise.all([undo(loan.id), undo(loan.id)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
  expect(answers.find(({ status }) => status === 409)?.code).toMatch(
    /^(return_undone_already|borrow_refused)$/,
  )
  const again = expectBody(answers.find(({ status }) => status === 201) ?? answers[0], 201, Loan)
  expect(again).toMatchObject({ patronId: minji.id, renewals: 0 })
  const running = await atLoan(minji, again.id, 'active').catch(() => atLoan(minji, again.id, 'overdue'))
  expect(running.dueOn).toBe(String(at((await librarian.api.get(`/api/loans/${loan.id}`)).body, 'dueOn')))
  const fees = expectBody(await minji.api.get('/api/loans/fees'), 200, Fees)
  expect(fees.balance).toBe(0)
  expect(fees.entries.map(({ kind }) => kind).toSorted()).toEqual(['late_fee', 'waiver'])
  expect((await readBook(minji, bookId)).stock).toMatchObject({ available: 0, onLoan: 1 })

  await system.services.borrow.markOverdue()
  const late = await librarian.api.get('/api/loans/desk?size=100')
  expect(at(late.body, 'data')).toContainEqual(expect.objectContaining({ id: again.id, card }))
  expect(await takeBack({ barcode })).toMatchObject({ status: 200, body: { fee: 500 } })
  expect(await undo(loan.id, 2)).toMatchObject({ status: 404 })
  await execute(
    system.databaseOf('borrow'),
    `update borrow.loan_return set returned_at = returned_at - interval '61 minutes',
                                   effective_at = effective_at - interval '61 minutes'
     where loan_id = '${again.id}'`,
  )
  expect(await undo(again.id)).toMatchObject({ status: 409, code: 'undo_too_late' })
})

test('a loan by mistake is undone within the hour, once, and not after it', async () => {
  const { id: bookId } = await registerBook(librarian, 1)
  const barcode = await onlyBarcode(librarian, bookId)
  const lend = async () =>
    expectBody(
      await librarian.api.post('/api/loans/desk', { key: true, json: { card, barcode, bookId } }),
      201,
      Loan,
    )
  const undoLoan = (id: string) => librarian.api.post(`/api/loans/${id}/undo`, { key: true })
  const mistake = await lend()
  await atLoan(minji, mistake.id, 'active')
  // Pressed by two at once: the book comes back once, and costs nothing.
  const answers = await Promise.all([undoLoan(mistake.id), undoLoan(mistake.id)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
  expect(answers.find(({ status }) => status === 200)?.body).toMatchObject({ state: 'returned' })
  expect(answers.find(({ status }) => status === 409)?.code).toBe('loan_not_active')
  await untilStock(minji, bookId, 'it back', ({ available }) => available === 1)

  const meant = await lend()
  await atLoan(minji, meant.id, 'active')
  await execute(
    system.databaseOf('borrow'),
    `update borrow.loan set borrowed_at = borrowed_at - interval '61 minutes' where id = '${meant.id}'`,
  )
  expect(await undoLoan(meant.id)).toMatchObject({ status: 409, code: 'undo_too_late' })
  expect((await readBook(minji, bookId)).stock).toMatchObject({ available: 0, onLoan: 1 })
  expect(await minji.api.post(`/api/loans/${meant.id}/undo`, { key: true })).toMatchObject({ status: 403 })
  expect(await undoLoan(bookId)).toMatchObject({ status: 404 })
  expect(await takeBack({ barcode })).toMatchObject({ status: 200 })
})

test('only who works at the desk may', async () => {
  const { id: bookId } = await registerBook(librarian, 1)
  const barcode = await onlyBarcode(librarian, bookId)
  const ask = { key: true as const, json: { card, barcode, bookId } }
  expect(await minji.api.post('/api/loans/desk', ask)).toMatchObject({ status: 403 })
  const merchant = await colleague(system, 'merchant')
  expect(await merchant.api.post('/api/loans/desk', ask)).toMatchObject({ status: 403 })
  const loan = expectBody(await askLoan(minji, bookId), 201, Loan)
  await atLoan(minji, loan.id, 'active')
  expect(expectBody(await askReturn(minji, loan.id), 200, Returned).fee).toBe(0)
  expect(await minji.api.post(`/api/loans/${loan.id}/returns/1/undo`, { key: true })).toMatchObject({
    status: 403,
  })
})
