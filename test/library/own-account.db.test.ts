import { afterAll, beforeAll, expect, test } from 'vitest'
import { settleFees } from '../../src/library/borrow/desk/fees.ts'
import { declareFound, declareLost } from '../../src/library/borrow/desk/lost-and-found.ts'
import { changePatron } from '../../src/library/borrow/desk/patrons.ts'
import { undoReturn } from '../../src/library/borrow/desk/undo-return.ts'
import { borrowBook } from '../../src/library/borrow/lending/borrow-book.ts'
import { renewLoan } from '../../src/library/borrow/lending/renew-loan.ts'
import { returnCopies } from '../../src/library/borrow/lending/return-copies.ts'
import { balanceOf } from '../../src/library/borrow/store/fee-store.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld } from './world.ts'

let world: LibraryWorld
let bookId: string
beforeAll(async () => {
  world = await openLibraryWorld()
  bookId = await world.addBook(9)
})
afterAll(() => world?.drop())

const librarian = (): Actor => ({ userId: newId(), roles: ['librarian'], sessionId: 's' })

/** A loan of two copies in the patron's hands. @returns its id */
async function handedOver(patron: Actor): Promise<string> {
  const from = (await world.events()).at(-1)?.position ?? 0
  const asked = await world.borrow(patron, bookId, 2)
  if (asked.kind === 'refused') throw new Error(asked.code)
  for (const event of await world.events(from)) await world.deliver(event)
  // What the catalogue answered.
  for (const event of await world.events(from)) await world.deliver(event)
  return asked.body.id
}

/** Everything a librarian may decide about a loan and its patron, in an order in which all of it can be. */
async function decideAll(patronId: string, loanId: string, by: Actor): Promise<string[]> {
  const { deps } = world
  const librarianId = by.userId
  const override = { reason: '연구 목적' }
  const settle = (kind: 'payment' | 'waiver') =>
    settleFees(world, { librarianId, patronId, idempotencyKey: newId(), kind, amount: 100, reason: '배려' })
  const effectiveAt = deps.clock.now().toString()
  const asked = { bookId, copies: 1, patronId, override }
  const results = [
    await borrowBook(deps, { actor: by, idempotencyKey: newId(), asked }),
    await renewLoan(deps, { actor: by, loanId, idempotencyKey: newId(), override }),
    await returnCopies(deps, {
      actor: by,
      loanId,
      idempotencyKey: newId(),
      asked: { copies: 1, effectiveAt },
    }),
    await declareLost(deps, loanId, librarianId),
    await settle('payment'),
    await settle('waiver'),
    await declareFound(deps, loanId, librarianId),
    await changePatron(deps, { librarianId, patronId }, { category: 'adult' }),
    await undoReturn(deps, { librarianId, idempotencyKey: newId(), loanId, no: 1 }),
  ]
  return results.map((result) => (result.kind === 'refused' ? result.code : 'done'))
}

test('librarians decide nothing about their own loans, fees and standing, and another librarian does', async () => {
  const own = librarian()
  const loanId = await handedOver(own)
  expect(await decideAll(own.userId, loanId, own)).toEqual(Array.from({ length: 9 }, () => 'own_account'))
  expect(await balanceOf(world.db, own.userId)).toBe(0)
  expect(await decideAll(own.userId, loanId, librarian())).toEqual(Array.from({ length: 9 }, () => 'done'))
})

test('what every patron may do, librarians may do for themselves', async () => {
  const own = librarian()
  const loanId = await handedOver(own)
  expect(await world.giveBack(own, loanId, 2)).toMatchObject({ status: 200 })
})
