/** A page of a register that does not come, day after day. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Fault } from '../../../../simulators/register/faults.ts'
import { type RunningRegister, SIMULATED_KEY, startRegister } from '../../../../simulators/register/server.ts'
import { readAudit } from '../../../platform/audit/audit.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { importNightly } from './import-nightly.ts'
import { importRegister, type RegisterRead } from './import-register.ts'
import { readState } from './read-state.ts'
import type { RegisterAddress } from './register-api.ts'
import { skipStuckPage } from './steer-import.ts'
import { countStuck, readStuckPages } from './stuck-store.ts'

let test: TestCatalog
let register: RunningRegister
let today = 0

beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
beforeEach(async () => {
  register = await startRegister({ rows: 240 })
  today = 0
  dayIs(0)
  await sql`truncate catalog.item, catalog.register_run, catalog.register_calls, catalog.register_unread cascade`.execute(
    test.database.db,
  )
})
afterEach(() => register.close())

const START = Temporal.Instant.from('2026-11-21T03:00:00Z')
const dayIs = (day: number) => {
  today = day
  test.clock.set(START.add({ hours: 24 * day }))
}
const address = (): RegisterAddress => ({
  source: 'htfs',
  baseUrl: register.url,
  key: SIMULATED_KEY,
  callsADay: 1_000,
  stuckAfterDays: 3,
})
const options = { pauses: { baseMs: 1, maxMs: 2 }, limits: { timeoutMs: 2_000, maxBytes: 1_000_000 } }
const deps = () => ({ db: test.database.db, clock: test.clock, committed: async () => {} })

/** As often as a page is asked for: the next question is for another one. */
const TRIES = 5

/** Whoever imports gets every page but one, the second unless told otherwise. */
async function without(
  fault: Fault = 'server_error',
  { page = 101, times = TRIES } = {},
): Promise<RegisterRead> {
  const [walk] = (
    await sql<{ next: number }>`
      select next_row as next from catalog.register_walk as w join catalog.register_run as r on r.id = w.run_id
      where r.ended_at is null`.execute(test.database.db)
  ).rows
  const isGivenUp = (await countStuck(test.database.db)) > 0
  const spoil = (row: number) => {
    register.clear('htfs')
    if (row === page) register.fault('htfs', fault, times)
  }
  spoil(isGivenUp ? 1 : (walk?.next ?? 1))
  const { registers } = await importRegister(deps(), [address()], {
    ...options,
    offer: 'none',
    onProgress: ({ nextRow }) => spoil(nextRow),
  })
  const [read] = registers
  if (read === undefined) throw new Error('no register was asked')
  return read
}
const whole = async () => {
  register.clear('htfs')
  const { registers } = await importRegister(deps(), [address()], { ...options, offer: 'none' })
  return registers[0]
}
async function becomeStuck(): Promise<void> {
  for (const day of [0, 1, 2]) {
    dayIs(day)
    expect(await without()).toMatchObject({ stop: { code: 'source_error' }, stuck: day === 2 })
  }
}
/** Nobody gets anything. */
async function inOutage(fault: Fault) {
  register.clear('htfs')
  register.fault('htfs', fault, 99)
  return importRegister(deps(), [address()], { ...options, offer: 'none' })
}
const known = async () =>
  (await readStuckPages(test.database.db)).map(({ stuckAt, ...page }) => ({
    ...page,
    isStuck: stuckAt !== null,
  }))

it('is given up on the third day, and left alone until the next one, which begins at the first row', async () => {
  expect(await without()).toMatchObject({ beganAt: 1, read: 100, stuck: false })
  // As often as it is asked for on one day, it is one day.
  for (let n = 0; n < 3; n += 1)
    expect(await without()).toMatchObject({ beganAt: 101, read: 100, stuck: false })
  dayIs(1)
  expect(await without()).toMatchObject({ beganAt: 101, stuck: false })
  expect(await countStuck(test.database.db)).toBe(0)
  dayIs(2)
  expect(await without()).toMatchObject({ beganAt: 101, stuck: true })
  expect(await known()).toEqual([
    { source: 'htfs', nextRow: 101, failedDays: 3, isStuck: true, skipped: false },
  ])
  expect((await readState(test.database.db, test.clock, [address()])).registers[1]?.stuck).toMatchObject({
    row: 101,
    rows: 100,
    days: 3,
    skipped: false,
  })

  const log = createLog('silent')
  const error = vi.spyOn(log, 'error')
  const night = () => importNightly({ ...deps(), log }, [address()], options)
  register.asked.splice(0)
  await night()
  expect(register.asked).toEqual([])
  dayIs(3)
  // What stands before the page is read anew; at the page itself nobody waits for another three days.
  expect(await without()).toMatchObject({ beganAt: 1, read: 100, unchanged: 100, stuck: true })
  expect(await known()).toMatchObject([{ failedDays: 4, isStuck: true }])
  register.asked.splice(0)
  await night()
  expect(register.asked).toEqual([])
  dayIs(4)
  register.clear('htfs')
  await night()
  expect(register.asked.map(({ from }) => from)).toEqual([1, 101, 201])
  expect(await known()).toEqual([])
  expect(error).not.toHaveBeenCalled()
})

it('is told of in the log when it is given up', async () => {
  await without()
  const log = createLog('silent')
  const error = vi.spyOn(log, 'error')
  for (const day of [1, 2]) {
    dayIs(day)
    register.fault('htfs', 'server_error', TRIES)
    await importNightly({ ...deps(), log }, [address()], options)
  }
  expect(error.mock.calls).toMatchObject([
    [{ source: 'htfs', nextRow: 101, stuck: true }, expect.any(String)],
  ])
})

it('is gone past once somebody has it skipped, by every import, until it comes', async () => {
  const actorId = newId()
  const skip = (row = 101) =>
    skipStuckPage({ ...deps(), addresses: [address()] }, { source: 'htfs', row, actorId })
  expect(await skip()).toMatchObject({ code: 'register_page_not_stuck' })
  await without()
  expect(await skip()).toMatchObject({ code: 'register_page_not_stuck' })
  await becomeStuck()
  expect(await skip(201)).toMatchObject({ code: 'register_page_not_stuck' })
  const race = await Promise.all([skip(), skip(), skip()])
  expect(race.map(({ kind }) => kind).toSorted()).toEqual(['refused', 'refused', 'skipped'])
  expect(await countStuck(test.database.db)).toBe(0)
  const entries = await readAudit(test.database.db, { subjectType: 'register', limit: 9 })
  expect(entries.map(({ action }) => action)).toEqual(['register.page_skipped'])

  register.asked.splice(0)
  expect(await without()).toMatchObject({ beganAt: 101, read: 140, missed: 100, ended: true, stuck: false })
  expect(register.asked.map(({ from }) => from)).toEqual([101, 101, 101, 101, 101, 201])
  dayIs(today + 1)
  expect(await without()).toMatchObject({ beganAt: 1, read: 140, missed: 100, ended: true, stuck: false })
  expect(await known()).toMatchObject([{ isStuck: true, skipped: true }])
  dayIs(today + 1)
  expect(await whole()).toMatchObject({ beganAt: 1, read: 240, missed: 0, ended: true })
  expect(await known()).toEqual([])
})

it('is not taken for one when the key is refused or the service is away, nor is the first page', async () => {
  for (const day of [0, 1, 2, 3]) {
    dayIs(day)
    expect(await without('bad_key')).toMatchObject({ read: 100, stuck: false })
  }
  expect(await known()).toEqual([])
  for (const [day, fault] of (['server_error', 'html', 'status_503', 'reset'] as const).entries()) {
    dayIs(4 + day)
    const { registers } = await inOutage(fault)
    expect(registers).toMatchObject([{ beganAt: 101, nextRow: 101, read: 100, stuck: false }])
  }
  expect(await known()).toEqual([])
  await sql`truncate catalog.register_run cascade`.execute(test.database.db)
  register.fault('htfs', 'server_error', 99)
  for (const day of [8, 9, 10, 11]) {
    dayIs(day)
    const { registers } = await importRegister(deps(), [address()], { ...options, offer: 'none' })
    expect(registers).toMatchObject([{ read: 0, stuck: false }])
  }
  expect(await known()).toEqual([])
})

it('that is skipped stays so when another one fails or does not come either', async () => {
  const { db } = test.database
  const skip = (row: number) =>
    skipStuckPage({ ...deps(), addresses: [address()] }, { source: 'htfs', row, actorId: newId() })
  const shown = async () => (await readState(db, test.clock, [address()])).registers[1]?.stuck
  await register.close()
  register = await startRegister({ rows: 340 })
  for (const day of [0, 1, 2]) {
    dayIs(day)
    expect(await without('server_error', { page: 201 })).toMatchObject({ stuck: day === 2 })
  }
  expect(await skip(201)).toMatchObject({ kind: 'skipped' })
  expect(await without('server_error', { page: 201 })).toMatchObject({ missed: 100, ended: true })
  dayIs(3)
  expect(await without('server_error', { page: 101 })).toMatchObject({ nextRow: 101, stuck: false })
  expect(await shown()).toMatchObject({ row: 201, skipped: true })
  // The other one comes again: the walk goes past the one that is skipped, which is asked for on its way.
  dayIs(4)
  register.asked.splice(0)
  expect(await without('server_error', { page: 201 })).toMatchObject({ missed: 100, ended: true })
  expect(register.asked.map(({ from }) => from)).toEqual([101, 201, 201, 201, 201, 201, 301])
  expect(await known()).toMatchObject([{ nextRow: 201, skipped: true }])
  // It does not come for good: it is the merchant's turn again, and then both are gone past.
  for (const day of [5, 6, 7]) {
    dayIs(day)
    expect(await without()).toMatchObject({ nextRow: 101, stuck: day === 7 })
  }
  expect(await shown()).toMatchObject({ row: 101, skipped: false })
  expect(await skip(101)).toMatchObject({ kind: 'skipped' })
  expect(await known()).toMatchObject([
    { nextRow: 101, skipped: true },
    { nextRow: 201, skipped: true },
  ])
  dayIs(8)
  expect(await whole()).toMatchObject({ missed: 0, ended: true })
  expect(await known()).toEqual([])
})

it('is forgotten when its register has become shorter', async () => {
  await becomeStuck()
  const rows = register.rows.htfs.splice(0, 240)
  register.rows.htfs.push(...rows.slice(0, 90))
  dayIs(3)
  // There is no such page any more.
  expect(await whole()).toMatchObject({ beganAt: 1, read: 90, ended: true })
  expect(await known()).toEqual([])
})
