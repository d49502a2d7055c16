/** The hold shelf as it is and as it should be: what is to be pulled, relabelled and taken down, missing, and undone. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setCopies } from '../../src/library/book/catalogue/change-book.ts'
import { markCopy } from '../../src/library/book/catalogue/copies.ts'
import { cancelHold } from '../../src/library/book/holds/end-holds.ts'
import { placeHold } from '../../src/library/book/holds/place-hold.ts'
import { listToPull } from '../../src/library/book/holds/pull-list.ts'
import { putOnShelf, reportMissing } from '../../src/library/book/holds/put-on-shelf.ts'
import { lendAtDesk, returnAtDesk } from '../../src/library/borrow/desk/scans.ts'
import { undoLoan } from '../../src/library/borrow/desk/undo-loan.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld } from './world.ts'

const calendar = { closedWeekdays: [], closedOnHolidays: false, closedDates: new Set<string>() }
const librarian: Actor = { userId: newId(), roles: ['librarian'], sessionId: 's' }

let world: LibraryWorld
let deps: {
  db: LibraryWorld['db']
  clock: LibraryWorld['clock']
  shelfTime: { calendar: typeof calendar; openDays: number }
}
/** Events up to here have been delivered. */
let heard = 0
beforeAll(async () => {
  world = await openLibraryWorld()
  deps = { db: world.db, clock: world.clock, shelfTime: { calendar, openDays: 3 } }
})
afterAll(() => world?.drop())

/** Delivers what was told, twice, until nothing new is told. @returns the types of the events */
async function settle(): Promise<string[]> {
  const types: string[] = []
  for (let events = await world.events(heard); events.length > 0; events = await world.events(heard)) {
    for (const event of events) {
      await world.deliver(event)
      await world.deliver(event)
      types.push(event.type)
    }
    heard = events.at(-1)?.position ?? heard
  }
  return types
}

/** A title of which patrons have all copies, and those who wait for it, in order. */
async function awaited(copies: number, waiting: number) {
  const bookId = await world.addBook(copies)
  const reader = world.actor()
  const loan = await world.borrow(reader, bookId, copies)
  if (loan.kind !== 'answered') throw new Error('not lent')
  await settle()
  const patrons = Array.from({ length: waiting }, () => world.actor())
  const holds: string[] = []
  for (const { userId: patronId } of patrons) {
    const hold = await placeHold(deps, { bookId, patronId, idempotencyKey: newId() })
    if (hold.kind !== 'answered') throw new Error('no hold')
    holds.push(hold.body.id)
  }
  await settle()
  const copiesOf = await world.rows(sql<{ barcode: string }>`
    select barcode from book.copy where book_id = ${bookId} order by barcode`)
  return {
    bookId,
    reader,
    loanId: loan.body.id,
    patrons,
    holds,
    barcodes: copiesOf.map(({ barcode }) => barcode),
  }
}

const tasks = async (bookId: string) =>
  (await listToPull(world.db, { page: 1, size: 100 })).copies
    .filter(({ book }) => book.id === bookId)
    .map(({ barcode, task, hold }) => [barcode, task, hold?.patronId ?? null])
const states = async (bookId: string) =>
  (
    await world.rows(sql<{ state: string }>`
      select state from book.hold where book_id = ${bookId} order by place`)
  ).map(({ state }) => state)
const giveBack = async (barcode: string, inHand = true) => {
  const back = await returnAtDesk(world.deps, {
    inHand,
    actor: librarian,
    idempotencyKey: newId(),
    asked: { barcode },
  })
  expect(back.kind).toBe('answered')
  await settle()
}
const cardOf = async ({ userId }: Actor) =>
  (await world.rows(sql<{ card: string }>`select card from borrow.patron where id = ${userId}`))[0]?.card ??
  ''
const lend = async (patron: Actor, barcode: string, bookId: string) => {
  await sql`insert into borrow.patron (id, category, state, created_at) values (${patron.userId}, 'adult', 'active', now())
    on conflict do nothing`.execute(world.db)
  const asked = { card: await cardOf(patron), barcode, bookId }
  const loan = await lendAtDesk(world.deps, { actor: librarian, idempotencyKey: newId(), asked })
  if (loan.kind !== 'answered') throw new Error(loan.code)
  return loan.body.id
}
const undo = async (loanId: string) => {
  const undone = await undoLoan(world.deps, { actor: librarian, idempotencyKey: newId(), loanId })
  expect(undone.kind).toBe('answered')
  return settle()
}

test('what comes back over the desk is in somebody’s hand; what comes by itself is to be pulled, until it is scanned', async () => {
  const { bookId, patrons, barcodes } = await awaited(2, 2)
  const [first = '', second = ''] = barcodes
  await giveBack(first)
  expect(await tasks(bookId)).toEqual([])
  // A machine that takes it drops it into a bin.
  await giveBack(second, false)
  expect(await tasks(bookId)).toEqual([[second, 'pull', patrons[1]?.userId]])
  expect(await putOnShelf(deps, second)).toMatchObject({
    put: 'shelved',
    hold: { patron_id: patrons[1]?.userId },
  })
  expect(await putOnShelf(deps, second)).toMatchObject({ put: 'shelved' })
  expect(await tasks(bookId)).toEqual([])
  expect(await putOnShelf(deps, 'T99999999')).toMatchObject({ code: 'not_found' })
})

test('a hold that ends leaves its copy with the wrong slip: it goes to the next one, or is taken down', async () => {
  const { bookId, patrons, holds, barcodes } = await awaited(1, 2)
  const [barcode = ''] = barcodes
  await giveBack(barcode)
  const end = (holdId = '') => cancelHold(deps, { holdId, actor: librarian })
  await end(holds[0])
  expect(await tasks(bookId)).toEqual([[barcode, 'relabel', patrons[1]?.userId]])
  await putOnShelf(deps, barcode)
  await end(holds[1])
  expect(await tasks(bookId)).toEqual([[barcode, 'take_down', null]])
  // Whoever lends or marks it has it in hand: then there is nothing to take down.
  await markCopy(deps, { bookId, barcode, state: 'damaged' })
  expect(await tasks(bookId)).toEqual([])
  expect(await putOnShelf(deps, barcode)).toMatchObject({ code: 'copy_not_to_pull' })
  await markCopy(deps, { bookId, barcode, state: 'available' })
  expect(await putOnShelf(deps, barcode)).toMatchObject({ put: 'taken_down' })
  await settle()
})

test('a copy that is not to be found is lost: another one is kept, or its patron waits again in the old place', async () => {
  const { bookId, reader, loanId, patrons, barcodes } = await awaited(1, 2)
  const [gone = ''] = barcodes
  const missing = (barcode: string) => reportMissing(deps, { barcode, librarianId: librarian.userId })
  expect(await missing(gone)).toMatchObject({ code: 'copy_not_to_pull' })
  await world.giveBack(reader, loanId, 1)
  await settle()
  const both = await Promise.all([missing(gone), missing(gone)])
  expect(both.map((one) => (one.kind === 'missing' ? one.hold : one.code)).toSorted()).toEqual([
    'copy_not_to_pull',
    'waiting',
  ])
  expect(await settle()).toEqual(['library.hold.requeued'])
  expect(await states(bookId)).toEqual(['waiting', 'waiting'])
  const known = await world.rows(sql<{ waiting: boolean }>`
    select waiting from borrow.waiting_hold where book_id = ${bookId}`)
  expect(known).toEqual([{ waiting: true }, { waiting: true }])
  // New copies go to the one who was first, then to the next.
  await setCopies(deps, bookId, 3)
  await settle()
  expect(await states(bookId)).toEqual(['shelved', 'shelved'])
  const [toPull, other] = await tasks(bookId)
  expect([toPull?.[2], other?.[2]].toSorted()).toEqual(patrons.map(({ userId }) => userId).toSorted())
  // One is free: it takes the place of the next that is missing, and nobody has to be told anything.
  expect(await missing(String(toPull?.[0]))).toEqual({ kind: 'missing', hold: 'served' })
  expect(await settle()).toEqual([])
  expect(await states(bookId)).toEqual(['shelved', 'shelved'])
  expect((await tasks(bookId)).map(([, task]) => task)).toEqual(['pull', 'pull'])
})

test('a loan that was a slip of the hand gives the hold back that it collected, with its place and its time', async () => {
  const { bookId, patrons, barcodes } = await awaited(1, 2)
  const [patron] = patrons
  const [barcode = ''] = barcodes
  if (!patron) throw new Error('nobody waits')
  await giveBack(barcode)
  const hold = async () =>
    (
      await world.rows(sql<{
        state: string
        until: Temporal.Instant | null
        place: number
        copy: string | null
      }>`
        select h.state, h.shelf_until as until, h.place, c.barcode as copy
        from book.hold h left join book.copy c on c.hold_id = h.id
        where h.book_id = ${bookId} and h.patron_id = ${patron.userId}`)
    )[0]
  const before = await hold()
  expect(before).toMatchObject({ state: 'shelved', copy: barcode })
  // Undone before the catalogue has heard of the loan, and after it was handed over.
  for (const hears of [false, true]) {
    const loanId = await lend(patron, barcode, bookId)
    if (hears) {
      expect(await settle()).toContain('library.hold.collected')
      expect(await hold()).toMatchObject({ state: 'collected', copy: null })
    }
    const told = await undo(loanId)
    expect(told.includes('library.hold.restored')).toBe(true)
    expect(await hold()).toEqual(before)
    expect(await states(bookId)).toEqual(['shelved', 'waiting'])
    // It is in the hand of who undid it.
    expect(await tasks(bookId)).toEqual([])
  }
  // An ordinary return is none: the next one gets the copy.
  await lend(patron, barcode, bookId)
  await settle()
  await giveBack(barcode)
  expect(await states(bookId)).toEqual(['collected', 'shelved'])
})

test('who has joined the queue anew meanwhile keeps that hold', async () => {
  const { bookId, patrons, barcodes } = await awaited(1, 1)
  const [patron] = patrons
  const [barcode = ''] = barcodes
  if (!patron) throw new Error('nobody waits')
  await giveBack(barcode)
  const loanId = await lend(patron, barcode, bookId)
  await settle()
  const again = await placeHold(deps, { bookId, patronId: patron.userId, idempotencyKey: newId() })
  expect(again.kind).toBe('answered')
  expect(await undo(loanId)).toContain('library.hold.shelved')
  expect(await states(bookId)).toEqual(['collected', 'shelved'])
})

test('what a slip of the hand collected stays collected once its time is over, or its title is lent no more', async () => {
  const ends = {
    over: async (bookId: string) =>
      void (await sql`update book.hold set shelf_until = ${world.clock.now()} where book_id = ${bookId}`.execute(
        world.db,
      )),
    withdrawn: async (bookId: string) =>
      void (await sql`update book.title set state = 'withdrawn' where id = ${bookId}`.execute(world.db)),
  }
  for (const end of Object.values(ends)) {
    const { bookId, patrons, barcodes } = await awaited(1, 1)
    const [patron] = patrons
    const [barcode = ''] = barcodes
    if (!patron) throw new Error('nobody waits')
    await giveBack(barcode)
    const loanId = await lend(patron, barcode, bookId)
    await settle()
    await end(bookId)
    expect(await undo(loanId)).not.toContain('library.hold.restored')
    expect(await states(bookId)).toEqual(['collected'])
  }
})
