import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { settleFees } from '../../src/library/borrow/desk/fees.ts'
import { lendAtDesk, returnAtDesk } from '../../src/library/borrow/desk/scans.ts'
import { undoReturn } from '../../src/library/borrow/desk/undo-return.ts'
import { balanceOf } from '../../src/library/borrow/store/fee-store.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld, START } from './world.ts'

let world: LibraryWorld
beforeAll(async () => {
  world = await openLibraryWorld()
})
afterAll(() => world?.drop())

const librarian: Actor = { userId: newId(), roles: ['librarian'], sessionId: 's' }

/** A loan in a patron's hands, and the barcodes of its copies. */
async function lent(copies: number, patron: Actor = world.actor()) {
  const bookId = await world.addBook(copies)
  const from = (await world.events()).at(-1)?.position ?? 0
  const answer = await world.borrow(patron, bookId, copies)
  if (answer.kind !== 'answered') throw new Error('not lent')
  for (let round = 0; round < 3; round++)
    for (const event of await world.events(from)) await world.deliver(event)
  const rows = await world.rows(sql<{ barcode: string }>`
    select barcode from borrow.loan_copy where loan_id = ${answer.body.id} order by barcode`)
  const [first = '', ...others] = rows.map(({ barcode }) => barcode)
  return { patron, bookId, loanId: answer.body.id, first, others }
}

const takeBack = (asked: { barcode: string; loanId?: string }) =>
  returnAtDesk(world.deps, { actor: librarian, inHand: true, idempotencyKey: newId(), asked })

test('a copy comes back once, also when the catalogue still says by which loan it was out', async () => {
  const { loanId, first } = await lent(2)
  expect(await takeBack({ barcode: first })).toMatchObject({ body: { loan: { out: 1 } } })
  expect(await takeBack({ barcode: first, loanId })).toMatchObject({ code: 'copy_not_on_loan' })
  // A copy of something else, while all copies of the loan are known.
  expect(await takeBack({ barcode: 'T99999999', loanId })).toMatchObject({ code: 'copy_not_on_loan' })
})

test('a copy that two scan at the same time comes back once', async () => {
  const { first, others } = await lent(2)
  const both = await Promise.all([takeBack({ barcode: first }), takeBack({ barcode: first })])
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(['answered', 'refused'])
  expect(await takeBack({ barcode: others[0] ?? '' })).toMatchObject({ body: { loan: { out: 0 } } })
})

test('a copy whose barcode nobody has told comes back by the loan the catalogue names', async () => {
  const { loanId, first } = await lent(1)
  await sql`delete from borrow.loan_copy where loan_id = ${loanId}`.execute(world.db)
  expect(await takeBack({ barcode: first })).toMatchObject({ code: 'copy_not_on_loan' })
  expect(await takeBack({ barcode: first, loanId })).toMatchObject({ kind: 'answered' })
})

const cardOf = async ({ userId }: Actor) =>
  (await world.rows(sql<{ card: string }>`select card from borrow.patron where id = ${userId}`))[0]?.card ??
  ''

async function lend(patron: Actor, barcode: string, idempotencyKey: string = newId()) {
  const asked = { card: await cardOf(patron), barcode }
  return lendAtDesk(world.deps, { actor: librarian, idempotencyKey, asked })
}

const undo = (loanId: string) =>
  undoReturn(world.deps, { librarianId: librarian.userId, idempotencyKey: newId(), loanId, no: 1 })

test('a copy that is out is lent to nobody else, and the same scan is answered again', async () => {
  const [{ patron: first, first: barcode }, { patron: second }] = [await lent(1), await lent(1)]
  expect(await lend(second, barcode)).toMatchObject({ code: 'borrow_refused' })
  expect(await takeBack({ barcode })).toMatchObject({ kind: 'answered' })
  const key = newId()
  expect(await lend(first, barcode, key)).toMatchObject({ kind: 'answered', replayed: false })
  expect(await lend(first, barcode, key)).toMatchObject({ kind: 'answered', replayed: true })
  expect(await lend(second, barcode)).toMatchObject({ code: 'borrow_refused' })
})

test('a copy comes back by the loan that runs, not by a later one nobody has settled', async () => {
  const { loanId, first, bookId } = await lent(1)
  world.clock.advance({ minutes: 1 })
  const later = await world.borrow(world.actor(), bookId, 1)
  if (later.kind !== 'answered') throw new Error('not accepted')
  await sql`insert into borrow.loan_copy (loan_id, barcode) values (${later.body.id}, ${first})`.execute(
    world.db,
  )
  expect(await takeBack({ barcode: first })).toMatchObject({ body: { loan: { id: loanId } } })
  world.clock.set(START)
})

test('a return is not undone once its copy is out by another loan', async () => {
  const [{ loanId, first }, { patron: other }] = [await lent(1), await lent(1)]
  await takeBack({ barcode: first })
  expect(await lend(other, first)).toMatchObject({ kind: 'answered' })
  expect(await undo(loanId)).toMatchObject({ code: 'borrow_refused' })
})

test('undoing a return waives no more than is still owed', async () => {
  const { patron, loanId, first } = await lent(1)
  world.clock.advance({ hours: 24 * 20 })
  await takeBack({ barcode: first })
  const owed = await balanceOf(world.db, patron.userId)
  expect(owed).toBeGreaterThan(100)
  await settleFees(world, {
    librarianId: librarian.userId,
    patronId: patron.userId,
    idempotencyKey: newId(),
    kind: 'waiver',
    amount: owed - 100,
    reason: '배려',
  })
  expect(await undo(loanId)).toMatchObject({ kind: 'answered' })
  expect(await balanceOf(world.db, patron.userId)).toBe(0)
  world.clock.set(START)
})
