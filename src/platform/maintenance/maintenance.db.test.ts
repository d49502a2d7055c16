import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { readAudit } from '../audit/audit.ts'
import { type Broadcast, createBroadcast } from '../broadcast/broadcast.ts'
import { postgresBroadcast } from '../broadcast/postgres.ts'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { virtualClock } from '../time/clock.ts'
import { endWindow, setWindow } from './manage-window.ts'
import { createShownWindow } from './shown-window.ts'
import { checkWindow, stateAt, type WindowContent } from './window.ts'
import { readWindow } from './window-store.ts'

const log = createLog('silent')
const clock = virtualClock(Temporal.Instant.from('2026-12-01T03:00:00Z'))
const by = newId()
const open: { close(): Promise<void> }[] = []
let database: TestDatabase
let deps: { db: TestDatabase['db']; clock: typeof clock; broadcast: Broadcast }
beforeAll(async () => {
  database = await testDatabase([])
  deps = { db: database.db, clock, broadcast: broadcasting() }
})
afterEach(() => sql`delete from platform.maintenance`.execute(database.db))
afterAll(async () => {
  await Promise.all(open.map((one) => one.close()))
  await database.drop()
})

function broadcasting(): Broadcast {
  const broadcast = createBroadcast({ transport: postgresBroadcast({ url: database.url, log }), log })
  open.push(broadcast)
  return broadcast
}
const content = (from: number, hours: number): WindowContent => ({
  startsAt: clock.now().add({ hours: from }),
  endsAt: clock.now().add({ hours: from + hours }),
  text: { ko: '서버를 옮깁니다', en: 'We are moving' },
})
const set = (replaces: string | null, from = 1, hours = 2) =>
  setWindow(deps, { by, replaces, content: content(from, hours) })
async function wasSet(replaces: string | null, from?: number, hours?: number): Promise<string> {
  const result = await set(replaces, from, hours)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.window.id
}

it('ends after it begins and after now, within a day; the database holds to it, too', async () => {
  const now = clock.now()
  const kinds = ([from, hours]: readonly [number, number]) => checkWindow(content(from, hours), now).kind
  expect(
    [
      [1, 2],
      [-1, 2],
      [48, 24],
    ].map(([a = 0, b = 0]) => kinds([a, b])),
  ).toEqual(['valid', 'valid', 'valid'])
  expect(
    [
      [1, 0],
      [1, -1],
      [-3, 3],
      [1, 25],
    ].map(([a = 0, b = 0]) => kinds([a, b])),
  ).toEqual(Array(4).fill('refused'))
  expect(await set(null, 1, 25)).toMatchObject({ code: 'maintenance_period_wrong' })
  for (const hours of [0, 25])
    await expect(
      sql`
        insert into platform.maintenance (id, starts_at, ends_at, text_ko, text_en)
        values (${newId()}, ${now}, ${now.add({ hours })}, '가', 'a')`.execute(database.db),
    ).rejects.toThrow()
})

it('is announced, under way and over by the clock, to the moment', () => {
  const window = content(1, 2)
  const at = (minutes: number) => stateAt(window, clock.now().add({ minutes }))
  expect([at(0), at(59), at(60), at(179), at(180)]).toEqual([
    'announced',
    'announced',
    'under_way',
    'under_way',
    undefined,
  ])
})

it('of many who announce one at the same time one does, and only who has read it replaces or ends it', async () => {
  const race = await Promise.all(Array.from({ length: 8 }, () => set(null)))
  const winners = race.flatMap((result) => (result.kind === 'set' ? [result.window.id] : []))
  expect(winners).toHaveLength(1)
  const first = winners[0] ?? ''
  const again = await Promise.all([set(first), set(first), endWindow(deps, { by, id: first })])
  expect(again.filter(({ kind }) => kind !== 'refused')).toHaveLength(1)

  await sql`delete from platform.maintenance`.execute(database.db)
  const second = await wasSet(null)
  expect(await set(null)).toMatchObject({ code: 'maintenance_changed_meanwhile' })
  const third = await wasSet(second, 3, 1)
  expect(await endWindow(deps, { by, id: second })).toMatchObject({ code: 'not_found' })
  expect(await endWindow(deps, { by, id: third })).toEqual({ kind: 'ended' })
  expect(await endWindow(deps, { by, id: third })).toMatchObject({ code: 'not_found' })

  const entries = await readAudit(database.db, { subjectType: 'maintenance', limit: 50 })
  const of = (id: string) => entries.filter(({ subject_id }) => subject_id === id).map(({ action }) => action)
  expect(of(second)).toEqual(['maintenance.set'])
  expect(of(third).toSorted()).toEqual(['maintenance.ended', 'maintenance.set'])
})

it('one that is over counts as none, and gives way to the next', async () => {
  const past = await wasSet(null, 0, 1)
  clock.set(clock.now().add({ hours: 2 }))
  expect(await endWindow(deps, { by, id: past })).toMatchObject({ code: 'not_found' })
  expect(await set(past)).toMatchObject({ code: 'maintenance_changed_meanwhile' })
  const next = await wasSet(null)
  expect((await readWindow(database.db))?.id).toBe(next)
})

it('every process knows of it, by broadcast and by the clock', async () => {
  const other = broadcasting()
  await Promise.all([deps.broadcast.start(), other.start()])
  const here = createShownWindow({ ...deps, log })
  const elsewhere = createShownWindow({ ...deps, broadcast: other, log })
  await here.start()
  await elsewhere.start()
  try {
    expect([here.now(), elsewhere.now()]).toEqual([undefined, undefined])
    const id = await wasSet(null)
    const hears = (state: string | undefined) =>
      until(() => [here, elsewhere].every((one) => one.now()?.state === state), {
        // What a broadcast did not bring is read after ten seconds.
        deadlineMs: 12_000,
        what: `both to know that it is ${state}`,
      })
    await hears('announced')
    const tag = elsewhere.now()?.tag
    clock.set(clock.now().add({ hours: 1 }))
    expect([here.now()?.state, elsewhere.now()?.state]).toEqual(['under_way', 'under_way'])
    expect(elsewhere.now()?.tag).not.toBe(tag)
    await endWindow(deps, { by, id })
    await hears(undefined)
  } finally {
    await here.stop()
    await elsewhere.stop()
  }
})
