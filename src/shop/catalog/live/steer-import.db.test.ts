import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningRegister, SIMULATED_KEY, startRegister } from '../../../../simulators/register/server.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { importAsked } from './import-nightly.ts'
import { importRegister } from './import-register.ts'
import { readState } from './read-state.ts'
import type { RegisterAddress } from './register-api.ts'
import { startImport, stopImport } from './steer-import.ts'
import { beginWork } from './work-store.ts'

let test: TestCatalog
let register: RunningRegister

beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
beforeEach(async () => {
  register = await startRegister({ rows: 240 })
  const { db } = test.database
  await sql`truncate catalog.item, catalog.register_run, catalog.register_calls cascade`.execute(db)
  await sql`update catalog.register_work set wanted_at = null, busy_until = null, stop_at = null`.execute(db)
  test.clock.set(Temporal.Instant.from('2026-11-21T03:00:00Z'))
})
afterEach(() => register.close())

const actorId = randomUUID()
const addresses = (more: Partial<RegisterAddress> = {}): RegisterAddress[] => [
  { source: 'htfs', baseUrl: register.url, key: SIMULATED_KEY, callsADay: 1_000, stuckAfterDays: 3, ...more },
]
const deps = (own = addresses()) => ({
  db: test.database.db,
  clock: test.clock,
  committed: async () => {},
  log: createLog('silent'),
  addresses: own,
})
const quick = { pauses: { baseMs: 1, maxMs: 2 }, limits: { timeoutMs: 2_000, maxBytes: 1_000_000 } }

let stored = 0
const enqueue = async () => {
  stored += 1
}
const start = (own = addresses()) => startImport({ ...deps(own), enqueue }, actorId)
const work = (own = addresses(), stopping = new AbortController().signal) =>
  importAsked(deps(own), own, stopping, quick)
const state = (own = addresses()) => readState(test.database.db, test.clock, own)

async function deeds(): Promise<string[]> {
  const { rows } = await sql<{ action: string }>`
    select action from platform.audit_entry where actor_id = ${actorId} order by at, id`.execute(
    test.database.db,
  )
  return rows.map(({ action }) => action)
}

describe('an import that the merchant starts', () => {
  it('is done once by a worker, to its end, and can be read', async () => {
    stored = 0
    expect(await start()).toMatchObject({ kind: 'started', state: { state: 'waiting', callsLeft: 1_000 } })
    expect(stored).toBe(1)
    await work()
    expect(await state()).toMatchObject({
      state: 'idle',
      callsLeft: 997,
      registers: [
        { source: 'c003', callsADay: null, lastRead: null },
        {
          source: 'htfs',
          callsToday: 3,
          lastRead: {
            pages: 3,
            ofPages: 3,
            read: 240,
            added: 240,
            stop: null,
            endedAt: '2026-11-21T03:00:00Z',
          },
        },
      ],
    })
    expect(await deeds()).toEqual(['register.import_started'])
    // A second delivery of the command finds nothing wanted.
    await work()
    expect(register.asked).toHaveLength(3)
  })

  it('is not started twice, by however many at once', async () => {
    stored = 0
    const all = await Promise.all(Array.from({ length: 8 }, () => start()))
    expect(all.filter(({ kind }) => kind === 'started')).toHaveLength(1)
    expect(all.find(({ kind }) => kind === 'refused')).toMatchObject({ code: 'register_import_running' })
    expect(stored).toBe(1)
  })

  it('is refused without a key, when no call is left, and while the night or the command imports', async () => {
    expect(await start([])).toMatchObject({ code: 'register_without_key' })
    const one = addresses({ callsADay: 1 })
    await beginWork(test.database.db, test.clock.now())
    expect(await start()).toMatchObject({ code: 'register_import_running' })
    await importRegister(deps(one), one, { ...quick, offer: 'none' })
    expect(await start(one)).toMatchObject({ code: 'register_calls_used_up' })
    expect((await state(one)).registers[1]).toMatchObject({
      lastRead: { pages: 1, ofPages: 3, endedAt: null, stop: { code: 'calls_used_up' } },
    })
    // On the next day the reason is gone with the first page.
    test.clock.set(Temporal.Instant.from('2026-11-22T03:00:00Z'))
    expect(await start(one)).toMatchObject({ kind: 'started' })
  })

  it('goes on by another worker when its process stops', async () => {
    await start()
    const stopping = new AbortController()
    stopping.abort()
    await expect(work(addresses(), stopping.signal)).rejects.toThrow('the next try goes on')
    expect(await state()).toMatchObject({ state: 'waiting' })
    await work()
    expect(await state()).toMatchObject({ state: 'idle', registers: [{}, { lastRead: { read: 240 } }] })
  })

  it('can be asked for again when nobody has begun it for a quarter of an hour', async () => {
    await start()
    test.clock.set(Temporal.Instant.from('2026-11-21T03:14:00Z'))
    expect(await start()).toMatchObject({ code: 'register_import_running' })
    test.clock.set(Temporal.Instant.from('2026-11-21T03:15:00Z'))
    expect(await start()).toMatchObject({ kind: 'started' })
  })
})

describe('stopping an import', () => {
  it('ends it before the next call, whoever imports; the next one goes on there', async () => {
    expect(await stopImport(deps(), actorId)).toMatchObject({ code: 'register_import_idle' })
    await register.close()
    register = await startRegister({ rows: 2_000 })
    let told: Promise<unknown> | undefined
    const report = await importRegister(deps(), addresses(), {
      ...quick,
      offer: 'none',
      onProgress: () => {
        told ??= stopImport(deps(), actorId)
      },
    })
    expect(await told).toMatchObject({ kind: 'stopped', state: { state: 'stopping' } })
    expect(report.stopped).toBe(true)
    expect(report.registers[0]?.ended).toBe(false)
    expect(await state()).toMatchObject({ state: 'idle' })
    const before = register.asked.length
    await start()
    await work()
    expect(register.asked[before]?.from).toBe((report.registers[0]?.read ?? 0) + 1)
    expect((await state()).registers[1]).toMatchObject({ lastRead: { read: 2_000, added: 2_000 } })
  })

  it('also before it has begun', async () => {
    await start()
    expect(await stopImport(deps(), actorId)).toMatchObject({ kind: 'stopped', state: { state: 'idle' } })
    await work()
    expect(register.asked).toEqual([])
  })
})
