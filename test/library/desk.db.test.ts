import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { returnAtDesk } from '../../src/library/borrow/desk/scans.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld } from './world.ts'

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
  returnAtDesk(world.deps, { actor: librarian, idempotencyKey: newId(), asked })

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
