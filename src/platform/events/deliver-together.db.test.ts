import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { transact } from '../database/database.ts'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { currentRequest } from '../telemetry/request-context.ts'
import { systemClock } from '../time/clock.ts'
import { type DeliverDeps, type Delivery, deliverAll } from './deliver.ts'
import { counted, type EventWorld, noting, openEvents } from './relay.fixture.ts'
import { on, type Subscriber } from './subscriber.ts'

let world: EventWorld
let deps: DeliverDeps
beforeAll(async () => {
  world = await openEvents()
  const { db } = world.database
  deps = { db, now: systemClock.now }
  await sql`create table thing (id text primary key)`.execute(db)
  await sql`insert into thing values ('a'), ('b'), ('c')`.execute(db)
  await sql`create table late (n int unique deferrable initially deferred)`.execute(db)
})
beforeEach(async () => {
  await sql`truncate handled, platform.inbox, platform.parked_event`.execute(world.database.db)
})
afterAll(() => world.close())

let places = 0

function delivery(
  subject: string,
  n: number,
  parts: { data?: unknown; schemaversion?: number } = {},
): Delivery {
  places += 1
  const id = newId()
  const envelope = {
    specversion: '1.0' as const,
    id,
    source: '/test',
    type: counted.type,
    subject,
    time: systemClock.now().toString(),
    datacontenttype: 'application/json' as const,
    dataschema: '',
    data: { n },
    subjectversion: n,
    schemaversion: 2,
    requestid: `request-${id}`,
    ...parts,
  }
  return { envelope, position: places }
}

const together = (most: number, subscriber: Subscriber): Subscriber => ({ ...subscriber, together: most })

interface Handled {
  n: number
  transaction: string
}

async function handledBy(subscriber: string): Promise<Handled[]> {
  const { rows } = await sql<Handled>`
    select n, xmin::text as transaction from handled where subscriber = ${subscriber} order by position`.execute(
    world.database.db,
  )
  return rows
}

it('shares a transaction among as many events as the subscriber allows', async () => {
  const portion = [1, 2, 3, 4, 5, 6, 7].map((n) => delivery(newId(), n))
  await deliverAll(deps, together(3, noting('shared')), portion, 2)
  const handled = await handledBy('shared')
  expect(handled.map(({ n }) => n).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(
    Object.values(Object.groupBy(handled, ({ transaction }) => transaction)).map((all) => all?.length),
  ).toEqual([3, 3, 1])
})

it('lets each effect run as a part of the request that led to its event', async () => {
  const portion = [1, 2, 3].map((n) => delivery(newId(), n))
  const heard: (string | undefined)[] = []
  const subscriber = noting('requests', () => heard.push(currentRequest()?.requestId))
  await deliverAll(deps, together(3, subscriber), portion, 1)
  expect(heard.toSorted()).toEqual(portion.map(({ envelope }) => envelope.requestid).toSorted())
})

/** What becomes of an event when it is handed over. */
type Kind = 'fine' | 'fails' | 'fails at the commit' | 'unreadable' | 'newer' | 'comes twice'

function deliveriesOf(kinds: readonly Kind[], subjects: readonly number[]): Delivery[] {
  return kinds.flatMap((kind, n) => {
    const subject = `s${subjects[n % subjects.length]}`
    const data = kind === 'unreadable' ? { n: 'one' } : { n, kind }
    const one = delivery(subject, n, { data, ...(kind === 'newer' && { schemaversion: 3 }) })
    return kind === 'comes twice' ? [one, one] : [one]
  })
}

it('leaves the same as one by one, whatever fails', async () => {
  const { db } = world.database
  const kind = fc.constantFrom<Kind>(
    'fine',
    'fine',
    'fine',
    'fails',
    'fails at the commit',
    'unreadable',
    'newer',
    'comes twice',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(kind, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 2, max: 6 }),
      async (kinds, subjects, most) => {
        await sql`truncate handled, platform.inbox, platform.parked_event`.execute(db)
        await sql`truncate late`.execute(db)
        const deliveries = deliveriesOf(kinds, subjects)
        const subscriber = (name: string) =>
          noting(name, async ({ data: { n } }, tx) => {
            if (kinds[n] === 'fails') throw new Error(`${n} fails`)
            if (kinds[n] !== 'fails at the commit') return
            await sql`insert into late values (${n}), (${n})`.execute(tx)
          })
        await deliverAll(deps, subscriber('alone'), deliveries, 2)
        await deliverAll(deps, together(most, subscriber('together')), deliveries, 2)
        const left = async (name: string) => {
          const { rows: handled } = await sql`
            select subject, array_agg(n order by position) as n from handled where subscriber = ${name}
            group by subject order by subject`.execute(db)
          const { rows: parked } = await sql`
            select subject, position, state, attempts, reason from platform.parked_event
            where subscriber = ${name} order by subject, position`.execute(db)
          const { rows: inbox } = await sql`
            select event_id from platform.inbox where subscriber = ${name} order by event_id`.execute(db)
          return { handled, parked, inbox }
        }
        const expected = await left('alone')
        expect(await left('together')).toEqual(expected)
        expect(expected.inbox).toHaveLength(new Set(deliveries.map(({ envelope }) => envelope.id)).size)
      },
    ),
    { numRuns: 60 },
  )
})

it('applies each event once, in the order of its subject, when two leaders have it in hand', async () => {
  const subjects = Array.from({ length: 5 }, () => newId())
  const all = Array.from({ length: 60 }, (_, n) => delivery(subjects[n % 5] ?? '', n))
  const subscriber = noting('raced')
  // Where one of them begins, all before it has been handled.
  await deliverAll(deps, together(7, subscriber), all.slice(0, 11), 1)
  await Promise.all([
    deliverAll(deps, together(7, subscriber), all, 1),
    deliverAll(deps, together(10, subscriber), all, 1),
    deliverAll(deps, together(4, subscriber), all.slice(11), 1),
    deliverAll(deps, subscriber, all, 2),
  ])
  const handled = await handledBy('raced')
  expect(handled).toHaveLength(60)
  for (const [at] of subjects.entries()) {
    const own = handled.map(({ n }) => n).filter((n) => n % 5 === at)
    expect(own).toEqual(own.toSorted((a, b) => a - b))
  }
})

it('applies nothing before what another leader parks while it waits to take both over', async () => {
  const { db } = world.database
  const subject = newId()
  const [first, second] = [delivery(subject, 1), delivery(subject, 2)]
  const subscriber = noting('overlapping', ({ data: { n } }) => {
    if (n === 1) throw new Error('not today')
  })
  const waitingFor = async (text: string) => {
    const look = async () => {
      const { rows } = await sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and query like ${text} and pid <> pg_backend_pid()`.execute(db)
      return rows.length > 0
    }
    await until(look, { what: `somebody to wait in ${text}`, deadlineMs: 4_000, everyMs: 10 })
  }
  const leaders = await transact(db, async (tx) => {
    await sql`lock table platform.parked_event in share mode`.execute(tx)
    // It has taken the first over and is about to park it, when the other comes to take both.
    const one = deliverAll(deps, subscriber, [first], 1)
    await waitingFor('%insert into platform.parked_event%')
    const other = deliverAll(deps, together(2, subscriber), [first, second], 1)
    await waitingFor('%insert into platform.inbox%')
    return [one, other]
  })
  await Promise.all(leaders)
  expect(await handledBy('overlapping')).toEqual([])
  const { rows: parked } = await sql`
    select envelope -> 'data' -> 'n' as n from platform.parked_event where subject = ${subject} order by position`.execute(
    db,
  )
  expect(parked).toEqual([{ n: 1 }, { n: 2 }])
})

const lockThing = (id: string) => sql`select 1 from thing where id = ${id} for update`

it('lets only those wait for a row that need it, when somebody holds it for long', async () => {
  const { db } = world.database
  const locking: Subscriber = {
    name: 'held up',
    together: 3,
    handlers: [
      on(counted, async (tx, { subject, data: { n } }) => {
        await lockThing(subject).execute(tx)
        await sql`insert into handled (subscriber, subject, n) values ('held up', ${subject}, ${n})`.execute(
          tx,
        )
      }),
    ],
  }
  const portion = ['c', 'a', 'b'].map((subject, n) => delivery(subject, n))
  const rest = await transact(db, async (tx) => {
    await lockThing('c').execute(tx)
    const delivered = deliverAll(deps, locking, portion, 2)
    await until(async () => (await handledBy('held up')).length === 2, {
      what: 'the others',
      deadlineMs: 4_000,
    })
    return { delivered }
  })
  await rest.delivered
  expect((await handledBy('held up')).map(({ n }) => n)).toEqual([1, 2, 0])
  const { rows: parked } = await sql`select 1 from platform.parked_event`.execute(db)
  expect(parked).toEqual([])
})

it('waits in the order of keys for what its events lock, so that nobody has to give way', async () => {
  const { db } = world.database
  const subscriber: Subscriber = {
    name: 'locking',
    together: 3,
    handlers: [
      on(
        counted,
        async (tx, { subject }) => {
          await lockThing(subject).execute(tx)
          await sql`select pg_sleep(0.005)`.execute(tx)
          await sql`insert into handled (subscriber, subject, n) values ('locking', ${subject}, 1)`.execute(
            tx,
          )
        },
        ({ subject }) => subject,
      ),
    ],
  }
  const others = () =>
    transact(db, async (tx) => {
      for (const id of ['a', 'b', 'c']) {
        await lockThing(id).execute(tx)
        await sql`select pg_sleep(0.005)`.execute(tx)
      }
    })
  for (let n = 1; n <= 8; n += 1) {
    const portion = ['c', 'a', 'b'].map((subject) => delivery(subject, n))
    await Promise.all([deliverAll(deps, subscriber, portion, 1), others()])
  }
  const handled = await handledBy('locking')
  // One by one is what is left of a portion that has waited in a circle.
  expect(new Set(handled.map(({ transaction }) => transaction)).size).toBe(8)
  expect(handled).toHaveLength(24)
})
