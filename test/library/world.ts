import { sql } from 'kysely'
import { cancelHold } from '../../src/library/book/holds/end-holds.ts'
import { placeHold } from '../../src/library/book/holds/place-hold.ts'
import { type Books, bookSchema, createBooks } from '../../src/library/book/index.ts'
import { borrowSchema, createLending, type Lending } from '../../src/library/borrow/index.ts'
import { borrowBook } from '../../src/library/borrow/lending/borrow-book.ts'
import { cancelLoan } from '../../src/library/borrow/lending/cancel-loan.ts'
import { renewLoan } from '../../src/library/borrow/lending/renew-loan.ts'
import { returnCopies } from '../../src/library/borrow/lending/return-copies.ts'
import { dashboardSubscriber } from '../../src/library/dashboard/hear-loans.ts'
import { dashboardSchema } from '../../src/library/dashboard/index.ts'
import { rebuildDashboard } from '../../src/library/dashboard/rebuild.ts'
import type { Broadcast } from '../../src/platform/broadcast/broadcast.ts'
import { transact } from '../../src/platform/database/database.ts'
import { envelopeOf, type OutboxRow } from '../../src/platform/events/outbox.ts'
import type { Subscriber } from '../../src/platform/events/subscriber.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { newId } from '../../src/platform/ids.ts'
import { memoryFiles } from '../../src/platform/pictures/photo.fixture.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { virtualClock } from '../../src/platform/time/clock.ts'
import { testDatabase } from '../support/database.ts'

export const START = Temporal.Instant.from('2026-11-01T03:00:00Z')
const calendar = { closedWeekdays: [], closedOnHolidays: false, closedDates: new Set<string>() }

/** Nobody looks at a dashboard here. */
const silence: Broadcast = {
  publish: () => {},
  publishAfterCommit: () => {},
  subscribe: () => () => {},
  start: async () => {},
  close: async () => {},
}

export type LibraryWorld = Awaited<ReturnType<typeof openLibraryWorld>>

/**
 * The three services of the library on one database. Nothing delivers their events but the test: in whatever order, as
 * often as it likes, and past the inbox, which would only hide what a handler does with a repeated event. The catalogue
 * never answers a question, so every loan is settled by events.
 */
export async function openLibraryWorld() {
  const database = await testDatabase([bookSchema, borrowSchema, dashboardSchema])
  const { db } = database
  const clock = virtualClock(START)
  const log = createLog('silent')
  const stock = { ask: async () => ({ kind: 'no_answer' as const }) }
  const shelfTime = { calendar, openDays: 3 }
  const books: Books = createBooks({
    db,
    browsing: db,
    clock,
    log,
    shelfTime,
    files: memoryFiles(),
  })
  const lending: Lending = createLending({ db, clock, log, calendar, stock })
  const subscribers = [
    ...(books.module.subscribers ?? []),
    ...(lending.module.subscribers ?? []),
    dashboardSubscriber(clock, silence),
  ]
  const deps = { db, clock, calendar, stock }

  /** In one transaction to those who take several together, when that succeeds. */
  async function deliverTo(
    { handlers, together = 1 }: Subscriber,
    events: readonly OutboxRow[],
  ): Promise<number> {
    const effects = events.flatMap((event) =>
      handlers
        .filter(({ type }) => type === event.type)
        .map((handler) => {
          const prepared = handler.prepare(envelopeOf(event))
          if (prepared.kind !== 'ready') throw new Error(`unreadable: ${event.type}`)
          return prepared.apply
        }),
    )
    const applied = (some: typeof effects) =>
      transact(db, async (tx) => {
        for (const apply of some) await apply(tx)
      }).then(
        () => true,
        () => false,
      )
    if (together > 1 && effects.length > 1 && (await applied(effects))) return 0
    let refused = 0
    for (const effect of effects) if (!(await applied([effect]))) refused += 1
    return refused
  }

  return {
    db,
    url: database.url,
    clock,
    deps,
    books,
    lending,
    drop: () => database.drop(),
    rebuildDashboard: () => rebuildDashboard({ db, clock, broadcast: silence }),
    actor: (userId: string = newId()): Actor => ({ userId, roles: ['customer'], sessionId: 's' }),
    async addBook(copies: number): Promise<string> {
      const id = newId()
      await sql`
        with title as (
          insert into book.title (id, search_doc, title, author, publisher, call_number, kdc, state, version,
                                  created_at, updated_at)
          values (${id}, 'x', '토지', '박경리', '샘물', '', '813', 'lendable', 1, ${START}, ${START}) returning id)
        insert into book.copy (barcode, book_id, state)
        select 'T' || lpad(nextval('book.barcode_number')::text, 8, '0'), title.id, 'available'
        from title, generate_series(1, ${copies})`.execute(db)
      return id
    },
    borrow: (actor: Actor, bookId: string, copies: number, idempotencyKey: string = newId()) =>
      borrowBook(deps, { actor, idempotencyKey, asked: { bookId, copies } }),
    cancel: (actor: Actor, loanId: string) => cancelLoan(deps, { actor, loanId }),
    giveBack: (actor: Actor, loanId: string, copies: number, idempotencyKey: string = newId()) =>
      returnCopies(deps, { actor, loanId, idempotencyKey, asked: { copies } }),
    /** Events after a place in the outbox, in order. */
    async events(after = 0): Promise<OutboxRow[]> {
      const { rows } = await sql<OutboxRow>`
        select * from platform.outbox where position > ${after} order by position`.execute(db)
      return rows
    },
    renew: (actor: Actor, loanId: string) =>
      renewLoan(deps, { actor, loanId, idempotencyKey: newId(), override: undefined }),
    hold: (patronId: string, bookId: string) =>
      placeHold(deps, { bookId, patronId, idempotencyKey: newId() }),
    leaveQueue: (actor: Actor, holdId: string) => cancelHold({ db, clock, shelfTime }, { holdId, actor }),
    /** Those who hear events, in no order that matters. */
    hearers: subscribers.map(({ name }) => name),
    /** Hands events to everybody who wants them. @returns how many could not be taken now */
    async deliver(...events: readonly OutboxRow[]): Promise<number> {
      let refused = 0
      for (const subscriber of subscribers) refused += await deliverTo(subscriber, events)
      return refused
    },
    /** Hands events to one alone, whatever the others have had. @returns how many could not be taken now */
    async deliverOnly(hearer: string, ...events: readonly OutboxRow[]): Promise<number> {
      const subscriber = subscribers.find(({ name }) => name === hearer)
      if (!subscriber) throw new Error(`nobody is called ${hearer}`)
      return deliverTo(subscriber, events)
    },
    async rows<T>(query: ReturnType<typeof sql<T>>): Promise<T[]> {
      return (await query.execute(db)).rows
    },
  }
}
