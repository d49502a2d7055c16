import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountRegistered, accountWithdrawn } from '../../src/contracts/account-events.ts'
import { settleFees } from '../../src/library/borrow/desk/fees.ts'
import { declareFound, declareLost } from '../../src/library/borrow/desk/lost-and-found.ts'
import { pendingLoans } from '../../src/library/borrow/lending/pending-loans.ts'
import { balanceOf } from '../../src/library/borrow/store/fee-store.ts'
import { findPatron, lockPatron } from '../../src/library/borrow/store/patron-store.ts'
import { readDashboard } from '../../src/library/dashboard/dashboard-view.ts'
import { transact } from '../../src/platform/database/database.ts'
import { appendEvents, type OutboxRow } from '../../src/platform/events/outbox.ts'
import { newId } from '../../src/platform/ids.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type LibraryWorld, openLibraryWorld } from './world.ts'

let world: LibraryWorld
beforeAll(async () => {
  world = await openLibraryWorld()
})
afterAll(() => world?.drop())

type Step =
  | { do: 'borrow'; patron: number; copies: number }
  | { do: 'cancel' | 'return'; loan: number }
  | { do: 'deliver'; event: number; many: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('borrow' as const),
      patron: fc.nat(1),
      copies: fc.constantFrom(1, 2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'return' as const), loan: fc.nat(9) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      event: fc.nat(40),
      many: fc.constantFrom(1, 1, 2, 5),
    }),
  },
)

interface Tally {
  owned: number
  available: number
  on_loan: number
  out: number
  unsettled: number
  wrong: number
}

/** Stock against loans, of one book. `wrong`: loans whose state and stock contradict each other. */
async function tally(bookId: string): Promise<Tally> {
  const [row] = await world.rows(sql<Tally>`
    select (select count(*)::int from book.copy where book_id = ${bookId}) as owned,
           (select count(*)::int from book.copy where book_id = ${bookId} and state = 'available') as available,
           (select count(*)::int from book.copy where book_id = ${bookId} and state = 'on_loan') as on_loan,
           (select coalesce(sum(quantity - returned), 0)::int from borrow.loan
            where book_id = ${bookId} and state in ('active', 'overdue')) as out,
           (select count(*)::int from borrow.loan
            where book_id = ${bookId} and state in ('pending', 'cancelling')) as unsettled,
           (select count(*)::int from borrow.loan l join book.loan_stock s on s.loan_id = l.id
            where l.book_id = ${bookId} and (
              (l.state in ('active', 'returned') and (s.state <> 'taken' or s.taken <> l.quantity or s.back <> l.returned))
              or (l.state = 'cancelled' and s.back <> s.taken))) as wrong`)
  if (!row) throw new Error('no tally')
  return row
}

test('events late, repeated and in any order leave stock, loans and dashboards in agreement', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (history) => {
      const bookId = await world.addBook(3)
      const patrons = [world.actor(), world.actor()]
      const from = (await world.events()).at(-1)?.position ?? 0
      const loans: { id: string; actor: (typeof patrons)[number] }[] = []
      const cancelled = new Set<string>()
      for (const each of history) {
        if (each.do === 'borrow') {
          const actor = patrons[each.patron] ?? world.actor()
          const result = await world.borrow(actor, bookId, each.copies)
          if (result.kind === 'answered') loans.push({ id: result.body.id, actor })
        } else if (each.do === 'deliver') {
          const events = await world.events(from)
          const first = each.event % Math.max(1, events.length)
          await world.deliver(...events.slice(first, first + each.many))
        } else {
          const loan = loans[each.loan % Math.max(1, loans.length)]
          if (!loan) continue
          if (each.do === 'cancel') await world.cancel(loan.actor, loan.id)
          else await world.giveBack(loan.actor, loan.id, 1)
        }
        const now = await tally(bookId)
        expect(now.available).toBeGreaterThanOrEqual(0)
        expect(now.available + now.on_loan).toBe(3)
        const ended = await world.rows(sql<{ id: string }>`
          select id from borrow.loan where book_id = ${bookId} and state = 'cancelled'`)
        // Never back to life.
        for (const { id } of ended) cancelled.add(id)
        expect(ended).toHaveLength(cancelled.size)
      }
      await deliverAll(from)
      const end = await tally(bookId)
      expect(end).toMatchObject({ owned: 3, unsettled: 0, wrong: 0, on_loan: end.out })
      for (const { userId } of patrons)
        expect(await readDashboard(world.db, userId)).toMatchObject(await owed(userId))
    }),
    { numRuns: 25 },
  )
  const before = await world.rows(sql`select * from dashboard.shown_loan order by loan_id`)
  expect(await world.rebuildDashboard()).toEqual({ loans: before.length, corrected: 0, repaired: 0 })
  expect(await world.rebuildDashboard()).toMatchObject({ corrected: 0 })
  expect(await world.rows(sql`select * from dashboard.shown_loan order by loan_id`)).toEqual(before)
})

/** The newest first, over and over, until nothing new comes and everybody has taken everything. */
async function deliverAll(from: number): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const events: OutboxRow[] = await world.events(from)
    let refused = 0
    for (const event of events.toReversed()) refused += await world.deliver(event)
    if (refused === 0 && (await world.events(from)).length === events.length) return
  }
  throw new Error('it does not come to rest')
}

async function owed(patronId: string) {
  const [row] = await world.rows(sql<{ borrowed: number; pending: number }>`
    select coalesce(sum(quantity - returned) filter (where state in ('active', 'overdue')), 0)::int as borrowed,
           coalesce(sum(quantity) filter (where state = 'pending'), 0)::int as pending
    from borrow.loan where patron_id = ${patronId}`)
  return row ?? {}
}

test('the dashboard of a rebuild repairs what was lost from the read model', async () => {
  const bookId = await world.addBook(2)
  const patron = world.actor()
  const from = (await world.events()).at(-1)?.position ?? 0
  await world.borrow(patron, bookId, 2)
  await deliverAll(from)
  expect((await readDashboard(world.db, patron.userId)).borrowed).toBe(2)
  // Whichever of the two is shown.
  for (const model of ['loan', 'loan_b'])
    await sql`update ${sql.table(`dashboard.${model}`)} set copies_out = 7 where patron_id = ${patron.userId}`.execute(
      world.db,
    )
  expect((await world.rebuildDashboard()).corrected).toBe(1)
  expect((await readDashboard(world.db, patron.userId)).borrowed).toBe(2)
})

test('loans the catalogue has not answered are counted with the time the oldest has waited', async () => {
  const bookId = await world.addBook(1)
  const from = (await world.events()).at(-1)?.position ?? 0
  const before = await pendingLoans(world.deps)
  await world.borrow(world.actor(), bookId, 1)
  world.clock.advance({ minutes: 7 })
  const waiting = await pendingLoans(world.deps)
  expect(waiting.loans).toBe(before.loans + 1)
  expect(waiting.oldestSeconds).toBeGreaterThanOrEqual(7 * 60)
  await deliverAll(from)
  expect((await pendingLoans(world.deps)).loans).toBe(before.loans)
})

test('the overdue job goes past a poisoned row, tells once, and catches up', async () => {
  const bookId = await world.addBook(6)
  const from = (await world.events()).at(-1)?.position ?? 0
  const patrons = [world.actor(), world.actor(), world.actor()]
  for (const patron of patrons) await world.borrow(patron, bookId, 2)
  await deliverAll(from)
  await sql`
    create function borrow.poison() returns trigger language plpgsql as $$
    begin if new.state = 'overdue' then raise exception 'poisoned'; end if; return new; end $$`.execute(
    world.db,
  )
  await sql`create trigger poison before update on borrow.loan for each row
    when (old.patron_id = ${sql.lit(patrons[0]?.userId)}) execute function borrow.poison()`.execute(world.db)
  const overdue = () =>
    world.rows(
      sql<{
        patron_id: string
      }>`select patron_id from borrow.loan where book_id = ${bookId} and state = 'overdue'`,
    )
  // Due on 15 November: nothing on that day, also in its last second.
  world.clock.set(Temporal.Instant.from('2026-11-15T14:59:59Z'))
  expect(await world.lending.markOverdue()).toBe(0)
  // Nothing ran for a week.
  world.clock.set(Temporal.Instant.from('2026-11-22T15:00:00Z'))
  const told = await Promise.all([world.lending.markOverdue(), world.lending.markOverdue()])
  expect((await overdue()).map(({ patron_id }) => patron_id).toSorted()).toEqual(
    patrons
      .slice(1)
      .map(({ userId }) => userId)
      .toSorted(),
  )
  expect(told[0] + told[1]).toBe(await countExpired(from))
  await sql`drop trigger poison on borrow.loan`.execute(world.db)
  await world.lending.markOverdue()
  await world.lending.markOverdue()
  expect(await overdue()).toHaveLength(3)
  expect(
    (await world.events(from)).filter(
      ({ type, data }) => type === 'library.loan.expired' && about(data) === bookId,
    ),
  ).toHaveLength(3)
  world.clock.set(Temporal.Instant.from('2026-11-01T03:00:00Z'))
})

const countExpired = async (from: number) =>
  (await world.events(from)).filter(({ type }) => type === 'library.loan.expired').length

const about = (data: unknown) => (data as { loan: { bookId: string } }).loan.bookId

test('a loan nobody answers is given up after a day, and what was taken meanwhile is released once', async () => {
  const bookId = await world.addBook(1)
  const patron = world.actor()
  const from = (await world.events()).at(-1)?.position ?? 0
  await world.borrow(patron, bookId, 1)
  world.clock.advance({ hours: 25 })
  expect(await world.lending.cancelUnanswered()).toBeGreaterThan(0)
  const [borrowed, cancelling] = await world.events(from)
  if (!borrowed || !cancelling) throw new Error('no events')
  await world.deliver(borrowed)
  expect(await tally(bookId)).toMatchObject({ available: 0, on_loan: 1 })
  await world.deliver(cancelling)
  await world.deliver(cancelling)
  await deliverAll(from)
  expect(await tally(bookId)).toMatchObject({ available: 1, on_loan: 0, unsettled: 0, wrong: 0 })
  expect(
    await world.rows(sql`select state, cancel_reason from borrow.loan where book_id = ${bookId}`),
  ).toEqual([{ state: 'cancelled', cancel_reason: 'timeout' }])
  world.clock.set(Temporal.Instant.from('2026-11-01T03:00:00Z'))
})

test('a hold not collected in time goes to the next, who has the full time', async () => {
  const { books, clock } = world
  expect(await books.expireHolds()).toBe(0)
  const bookId = await world.addBook(1)
  const patron = world.actor()
  const from = (await world.events()).at(-1)?.position ?? 0
  await world.borrow(patron, bookId, 1)
  await deliverAll(from)
  const [first, second] = [world.actor().userId, world.actor().userId]
  for (const waiting of [first, second])
    await sql`
      insert into book.hold (id, book_id, patron_id, state, version, placed_at)
      values (gen_random_uuid(), ${bookId}, ${waiting}, 'waiting', 1, now())`.execute(world.db)
  const [loan] = await world.rows(sql<{ id: string }>`select id from borrow.loan where book_id = ${bookId}`)
  await world.giveBack(patron, loan?.id ?? '', 1)
  await deliverAll(from)
  const shelved = () =>
    world.rows(sql<{ patron_id: string; until: Temporal.Instant }>`
      select patron_id, shelf_until as until from book.hold where book_id = ${bookId} and state = 'shelved'`)
  expect(await shelved()).toEqual([
    { patron_id: first, until: Temporal.Instant.from('2026-11-04T14:59:59Z') },
  ])
  clock.set(Temporal.Instant.from('2026-11-04T14:59:59Z'))
  expect(await books.expireHolds()).toBe(0)
  clock.set(Temporal.Instant.from('2026-11-04T15:00:00Z'))
  expect(await books.expireHolds()).toBe(1)
  expect(await shelved()).toEqual([
    { patron_id: second, until: Temporal.Instant.from('2026-11-08T14:59:59Z') },
  ])
  clock.set(Temporal.Instant.from('2026-11-01T03:00:00Z'))
})

/** A loan of one copy in the patron's hands. @returns its id */
async function handedOver(patron: { userId: string }, bookId: string): Promise<string> {
  const from = (await world.events()).at(-1)?.position ?? 0
  await world.borrow(world.actor(patron.userId), bookId, 1)
  await deliverAll(from)
  const [loan] = await world.rows(sql<{ id: string }>`
    select id from borrow.loan where patron_id = ${patron.userId} and book_id = ${bookId} and state = 'active'`)
  if (!loan) throw new Error('no loan')
  return loan.id
}

const LIBRARIAN = newId()
const settle = (patronId: string, kind: 'payment' | 'waiver', amount: number) =>
  settleFees(world, {
    librarianId: LIBRARIAN,
    patronId,
    idempotencyKey: newId(),
    kind,
    amount,
    reason: '배려',
  })

test('what was waived is not given back when a copy is found, what was paid is', async () => {
  const { deps } = world
  const patron = world.actor()
  const bookId = await world.addBook(2)
  const balance = () => balanceOf(world.db, patron.userId)
  const waived = await handedOver(patron, bookId)
  await declareLost(deps, waived, LIBRARIAN)
  const replacement = await balance()
  expect(replacement).toBeGreaterThan(0)
  expect(await settle(patron.userId, 'waiver', replacement)).toMatchObject({ status: 201 })
  expect(await declareFound(deps, waived, LIBRARIAN)).toMatchObject({ kind: 'loan' })
  expect(await balance()).toBe(0)
  const paid = await handedOver(patron, bookId)
  await declareLost(deps, paid, LIBRARIAN)
  expect(await settle(patron.userId, 'payment', replacement)).toMatchObject({ status: 201 })
  await declareFound(deps, paid, LIBRARIAN)
  expect(await balance()).toBe(-replacement)
})

test('what changes fees waits for whoever settles them', async () => {
  const { deps } = world
  const patron = world.actor()
  const back = await handedOver(patron, await world.addBook(1))
  const lost = await handedOver(patron, await world.addBook(1))
  const found = await handedOver(patron, await world.addBook(1))
  await declareLost(deps, found, LIBRARIAN)
  const before = await balanceOf(world.db, patron.userId)
  world.clock.advance({ hours: 20 * 24 })
  const waiting = async () =>
    (
      await world.rows(sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
    ).length
  const changes = await transact(world.db, async (tx) => {
    await lockPatron(tx, patron.userId)
    const begun = [
      world.giveBack(patron, back, 1),
      declareLost(deps, lost, LIBRARIAN),
      declareFound(deps, found, LIBRARIAN),
    ]
    await until(async () => (await waiting()) === begun.length, {
      deadlineMs: 5_000,
      what: 'all of them to wait for the patron',
    })
    expect(await balanceOf(tx, patron.userId)).toBe(before)
    return { begun }
  })
  expect((await Promise.all(changes.begun)).map(({ kind }) => kind)).toEqual(['answered', 'loan', 'loan'])
  expect(await balanceOf(world.db, patron.userId)).not.toBe(before)
  world.clock.set(Temporal.Instant.from('2026-11-01T03:00:00Z'))
})

test('whoever has left borrows nothing, also when nothing was borrowed before, and waits for nothing', async () => {
  const bookId = await world.addBook(1)
  const gone = world.actor()
  const next = world.actor().userId
  const holder = world.actor()
  const loanId = await handedOver(holder, bookId)
  for (const waiting of [gone.userId, next])
    await sql`
      insert into book.hold (id, book_id, patron_id, state, version, placed_at)
      values (gen_random_uuid(), ${bookId}, ${waiting}, 'waiting', 1, now())`.execute(world.db)
  const from = (await world.events()).at(-1)?.position ?? 0
  await world.giveBack(holder, loanId, 1)
  await deliverAll(from)
  const holds = () =>
    world.rows(sql`select patron_id, state from book.hold where book_id = ${bookId} order by place`)
  expect(await holds()).toEqual([
    { patron_id: gone.userId, state: 'shelved' },
    { patron_id: next, state: 'waiting' },
  ])
  await transact(world.db, (tx) =>
    appendEvents(tx, 'identity', world.clock.now(), [
      accountWithdrawn.of(gone.userId, 1, { accountId: gone.userId }),
    ]),
  )
  await deliverAll(from)
  expect(await holds()).toEqual([
    { patron_id: gone.userId, state: 'cancelled' },
    { patron_id: next, state: 'shelved' },
  ])
  expect(await world.borrow(gone, await world.addBook(1), 1)).toMatchObject({ kind: 'refused' })
})

test('who has an account is known to the desk before they ever borrow, and who has left stays gone', async () => {
  const [newcomer, leaver] = [newId(), newId()]
  const from = (await world.events()).at(-1)?.position ?? 0
  await transact(world.db, (tx) =>
    appendEvents(tx, 'identity', world.clock.now(), [
      accountRegistered.of(newcomer, 1, { accountId: newcomer, roles: ['customer'] }),
      accountRegistered.of(leaver, 1, { accountId: leaver, roles: ['customer'] }),
      accountWithdrawn.of(leaver, 2, { accountId: leaver }),
    ]),
  )
  // Twice: the second time the news that somebody came follows the news that they left.
  await deliverAll(from)
  await deliverAll(from)
  expect(await findPatron(world.db, newcomer)).toMatchObject({ state: 'active', category: 'adult' })
  expect(await findPatron(world.db, leaver)).toMatchObject({ state: 'inactive' })
})
