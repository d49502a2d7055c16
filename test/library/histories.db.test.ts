import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { declareFound, declareLost } from '../../src/library/borrow/desk/lost-and-found.ts'
import { readDashboard } from '../../src/library/dashboard/dashboard-view.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld, START } from './world.ts'

let world: LibraryWorld
beforeAll(async () => {
  world = await openLibraryWorld()
})
afterAll(() => world?.drop())

const OWNED = 3
const PATRONS = 3
const LIBRARIAN = newId()

type Step =
  | { do: 'borrow'; patron: number; copies: number }
  | { do: 'cancel' | 'return' | 'renew' | 'lose' | 'find'; loan: number; any: boolean }
  | { do: 'queue' | 'leave'; patron: number }
  | { do: 'wait'; days: number }
  | { do: 'deliver'; hearer: number; event: number; many: number }
  | { do: 'catch up'; hearers: readonly number[]; newestFirst: boolean }

const one = <T>(name: T) => fc.constant(name)
const patron = fc.nat(PATRONS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: one('borrow' as const), patron, copies: fc.constantFrom(1, 1, 2) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'cancel' as const,
        'return' as const,
        'return' as const,
        'renew' as const,
        'lose' as const,
        'find' as const,
        'find' as const,
      ),
      loan: fc.nat(7),
      any: fc.nat(4).map((n) => n === 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('queue' as const, 'queue' as const, 'leave' as const),
      patron,
    }),
  },
  // A night, a shelf time, past a due date, past being given up.
  { weight: 1, arbitrary: fc.record({ do: one('wait' as const), days: fc.constantFrom(0, 4, 4, 16, 80) }) },
  // Some hear everything there is, again or not, one after another.
  {
    weight: 7,
    arbitrary: fc.record({
      do: one('catch up' as const),
      hearers: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 }),
      newestFirst: fc.boolean(),
    }),
  },
  // To one subscriber alone: the others have it later, or had it before.
  {
    weight: 6,
    arbitrary: fc.record({
      do: one('deliver' as const),
      hearer: fc.nat(9),
      event: fc.nat(60),
      many: fc.constantFrom(1, 1, 3, 8),
    }),
  },
)

interface Loan {
  id: string
  actor: Actor
}

/** What has happened to one title, as a history goes on. */
interface History {
  bookId: string
  from: number
  patrons: Actor[]
  loans: Loan[]
}

async function take(history: History, step: Step): Promise<void> {
  const { bookId, from, patrons, loans } = history
  switch (step.do) {
    case 'borrow': {
      const actor = patrons[step.patron] ?? world.actor()
      const result = await world.borrow(actor, bookId, step.copies)
      if (result.kind === 'answered') loans.push({ id: result.body.id, actor })
      return
    }
    case 'queue':
      return void (await world.hold((patrons[step.patron] ?? world.actor()).userId, bookId))
    case 'leave': {
      const open = await world.rows(sql<{ id: string; patron: string }>`
        select id, patron_id as patron from book.hold
        where book_id = ${bookId} and state in ('waiting', 'shelved') order by place`)
      const hold = open[step.patron % Math.max(1, open.length)]
      if (hold) await world.leaveQueue(world.actor(hold.patron), hold.id)
      return
    }
    case 'wait':
      world.clock.advance({ hours: step.days * 24 })
      await world.lending.markOverdue()
      await world.lending.giveUpLongOverdue()
      await world.lending.cancelUnanswered()
      await world.books.expireHolds()
      return
    case 'deliver': {
      const events = await world.events(from)
      const first = step.event % Math.max(1, events.length)
      const hearer = world.hearers[step.hearer % world.hearers.length] ?? ''
      await world.deliverOnly(hearer, ...events.slice(first, first + step.many))
      return
    }
    case 'catch up': {
      const events = await world.events(from)
      for (const hearer of step.hearers)
        for (const event of step.newestFirst ? events.toReversed() : events)
          await world.deliverOnly(world.hearers[hearer % world.hearers.length] ?? '', event)
      return
    }
    default: {
      // Mostly one with which it can be done; at times any, which must do no harm.
      const fitting = await world.rows(sql<{ id: string }>`
        select id from borrow.loan where book_id = ${bookId} and state = any(${FITTING[step.do]}::text[])`)
      const some = step.any ? loans : loans.filter(({ id }) => fitting.some((row) => row.id === id))
      const loan = some[step.loan % Math.max(1, some.length)]
      if (loan) await changeLoan(step.do, loan)
    }
  }
}

const FITTING = {
  cancel: ['pending'],
  return: ['active', 'overdue'],
  renew: ['active'],
  lose: ['active', 'overdue'],
  find: ['lost'],
} as const

async function changeLoan(what: 'cancel' | 'return' | 'renew' | 'lose' | 'find', { id, actor }: Loan) {
  switch (what) {
    case 'cancel':
      return world.cancel(actor, id)
    case 'return':
      return world.giveBack(actor, id, 1)
    case 'renew':
      return world.renew(actor, id)
    case 'lose':
      return declareLost(world.deps, id, LIBRARIAN)
    case 'find':
      return declareFound(world.deps, id, LIBRARIAN)
  }
}

/** Copies of the title by state, and how many things are not as they must be at any moment. */
async function look({ bookId }: History) {
  const [row] = await world.rows(sql<{ copies: number; handed: number; stray: number; unheard: number }>`
    select (select count(*)::int from book.copy where book_id = ${bookId}) as copies,
           -- who has copies in hand, beyond those that left the shelf
           (select count(*)::int from borrow.loan l where l.book_id = ${bookId} and l.state in ('active', 'overdue')
              and not exists (select from book.loan_stock s
                              where s.loan_id = l.id and s.state = 'taken' and s.taken = l.quantity)) as handed,
           -- on the shelf for a hold that is not there any more, or of a loan that took none
           (select count(*)::int from book.copy c where c.book_id = ${bookId}
              and ((c.state = 'on_shelf' and not exists (
                      select from book.hold h where h.id = c.hold_id and h.state = 'shelved'))
                or (c.state = 'on_loan' and not exists (
                      select from book.loan_stock s where s.loan_id = c.loan_id and s.taken > s.back + s.lost)))) as stray,
           -- a fee on a loan that came to nothing
           (select count(*)::int from borrow.fee_entry f join borrow.loan l on l.id = f.loan_id
            where l.book_id = ${bookId} and l.state in ('pending', 'cancelling', 'cancelled')) as unheard`)
  return row
}

const SOUND = { copies: OWNED, handed: 0, stray: 0, unheard: 0 }

/** Once everybody has heard everything. */
async function atRest({ bookId }: History) {
  const [row] = await world.rows(sql<Record<string, unknown>>`
    with loans as (select * from borrow.loan where book_id = ${bookId}),
    copies as (select * from book.copy where book_id = ${bookId}),
    stock as (select s.* from book.loan_stock s where book_id = ${bookId})
    select
      (select count(*)::int from loans where state in ('pending', 'cancelling')) as unsettled,
      (select count(*)::int from copies where state = 'on_loan')
        - (select coalesce(sum(quantity - returned), 0)::int from loans where state in ('active', 'overdue')) as on_loan,
      (select count(*)::int from copies where state = 'lost')
        - (select coalesce(sum(quantity - returned), 0)::int from loans where state = 'lost') as lost,
      (select count(*)::int from copies where state = 'on_shelf')
        - (select count(*)::int from book.hold where book_id = ${bookId} and state = 'shelved') as on_shelf,
      (select count(*)::int from copies where state = 'available')
        * (select count(*)::int from book.hold where book_id = ${bookId} and state = 'waiting') as free_while_awaited,
      (select count(*)::int from loans l left join stock s on s.loan_id = l.id where case l.state
         when 'cancelled' then s.back is distinct from s.taken
         when 'lost' then (s.taken, s.back, s.lost) is distinct from (l.quantity, l.returned, l.quantity - l.returned)
         else (s.taken, s.back, s.lost) is distinct from (l.quantity, l.returned, 0) end) as contradicting,
      (select array_agg(hold_id order by hold_id) from borrow.waiting_hold where book_id = ${bookId} and waiting)
        is not distinct from
      (select array_agg(id order by id) from book.hold where book_id = ${bookId} and state = 'waiting') as queue_known,
      (select count(*)::int from loans l where l.late_fees is distinct from (
         select coalesce(sum(fee), 0) from borrow.loan_return r where r.loan_id = l.id)) as fees,
      (select count(*)::int from (
         select 1 from borrow.fee_entry f join loans l on l.id = f.loan_id
         group by f.loan_id, f.kind, f.return_no having count(*) > 1) twice) as charged_twice`)
  return row
}

const SETTLED = {
  unsettled: 0,
  on_loan: 0,
  lost: 0,
  on_shelf: 0,
  free_while_awaited: 0,
  contradicting: 0,
  queue_known: true,
  fees: 0,
  charged_twice: 0,
}

/** To each subscriber by itself, the newest first, over and over, until nothing new comes and all have taken all. */
async function deliverAll({ from }: History): Promise<void> {
  for (let round = 0; round < 30; round += 1) {
    const events = await world.events(from)
    let refused = 0
    for (const hearer of world.hearers)
      for (const event of events.toReversed()) refused += await world.deliverOnly(hearer, event)
    if (refused === 0 && (await world.events(from)).length === events.length) return
  }
  throw new Error('it does not come to rest')
}

async function owed(patronId: string) {
  const [row] = await world.rows(sql<Record<string, number>>`
    select coalesce(sum(quantity - returned) filter (where state in ('active', 'overdue')), 0)::int as borrowed,
           coalesce(sum(quantity) filter (where state = 'pending'), 0)::int as pending,
           coalesce(sum(quantity - returned) filter (where state = 'overdue'), 0)::int as overdue,
           coalesce(sum(late_fees), 0)::int as "lateFees"
    from borrow.loan where patron_id = ${patronId}`)
  return row ?? {}
}

const heard: Step = { do: 'catch up', hearers: [0, 1, 2, 3, 4, 5], newestFirst: true }
const borrow = (patron: number, copies = 1): Step => ({ do: 'borrow', patron, copies })
const queue: Step = { do: 'queue', patron: 2 }
const change = (what: keyof typeof FITTING, loan: number): Step => ({ do: what, loan, any: false })

/** A history in which everything happens that can. */
const EVERYTHING: Step[] = [
  borrow(0, 2),
  heard,
  heard,
  change('renew', 0),
  borrow(1),
  heard,
  heard,
  // Queue, shelf, and nobody comes.
  queue,
  change('return', 1),
  heard,
  { do: 'wait', days: 4 },
  heard,
  // Queue and gone, queue and collected.
  borrow(1),
  heard,
  heard,
  queue,
  { do: 'leave', patron: 0 },
  queue,
  change('return', 1),
  heard,
  borrow(2),
  heard,
  heard,
  // None left, and none wanted any more.
  borrow(1),
  heard,
  heard,
  borrow(1),
  change('cancel', 0),
  heard,
  heard,
  change('lose', 0),
  change('find', 0),
  heard,
  { do: 'wait', days: 16 },
  { do: 'wait', days: 80 },
]

test('whoever hears what, when and how often: copies, loans, queues, fees and dashboards agree in the end', async () => {
  const reached = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
      world.clock.set(START)
      const history: History = {
        bookId: await world.addBook(OWNED),
        from: (await world.events()).at(-1)?.position ?? 0,
        patrons: Array.from({ length: PATRONS }, () => world.actor()),
        loans: [],
      }
      const cancelled = new Set<string>()
      for (const each of steps) {
        await take(history, each)
        expect(await look(history)).toEqual(SOUND)
        const ended = await world.rows(sql<{ id: string }>`
          select id from borrow.loan where book_id = ${history.bookId} and state = 'cancelled'`)
        // Never back to life.
        for (const { id } of ended) cancelled.add(id)
        expect(ended).toHaveLength(cancelled.size)
      }
      await deliverAll(history)
      expect(await look(history)).toEqual(SOUND)
      expect(await atRest(history)).toEqual(SETTLED)
      for (const { userId } of history.patrons)
        expect(await readDashboard(world.db, userId)).toMatchObject(await owed(userId))
      for (const { type } of await world.events(history.from)) reached.add(type)
    }),
    { numRuns: 25, examples: [[EVERYTHING]] },
  )
  // Else it would have proved little.
  const loans = [
    'borrowed',
    'activated',
    'cancelling',
    'cancelled',
    'returned',
    'renewed',
    'expired',
    'lost',
    'found',
  ]
  const holds = ['placed', 'shelved', 'collected', 'cancelled', 'expired']
  const stock = ['decreased', 'out', 'released']
  const missing = [
    ...loans.map((name) => `library.loan.${name}`),
    ...holds.map((name) => `library.hold.${name}`),
    ...stock.map((name) => `library.stock.${name}`),
  ].filter((type) => !reached.has(type))
  expect(missing).toEqual([])
  world.clock.set(START)
}, 120_000)
