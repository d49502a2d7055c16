import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../../../simulators/register/faults.ts'
import { type RunningRegister, SIMULATED_KEY, startRegister } from '../../../../simulators/register/server.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { adminItem } from '../browse/item-detail.ts'
import { openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import { writeTexts } from '../import/write-item.ts'
import { importNightly } from './import-nightly.ts'
import { importRegister, type RegisterImportOptions, type RegisterReport } from './import-register.ts'
import type { RegisterAddress } from './register-api.ts'

let test: TestCatalog
let register: RunningRegister

beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
beforeEach(async () => {
  register = await startRegister({ rows: 240 })
  await sql`truncate catalog.item, catalog.register_run, catalog.register_calls, catalog.register_unread cascade`.execute(
    test.database.db,
  )
})
afterEach(() => register.close())

const at = (source: OfficialSource, more: Partial<RegisterAddress> = {}): RegisterAddress => ({
  source,
  baseUrl: register.url,
  key: SIMULATED_KEY,
  callsADay: 1_000,
  stuckAfterDays: 3,
  ...more,
})

function run(
  addresses: readonly RegisterAddress[] = [at('htfs')],
  options: Partial<RegisterImportOptions> = {},
): Promise<RegisterReport> {
  const { database, clock } = test
  return importRegister({ db: database.db, clock, committed: async () => {} }, addresses, {
    offer: 'none',
    pauses: { baseMs: 1, maxMs: 2 },
    limits: { timeoutMs: 2_000, maxBytes: 1_000_000 },
    ...options,
  })
}

/** Everything an import writes of items, without ids and times. */
async function contents(): Promise<unknown[]> {
  const { rows } = await sql<{ row: unknown }>`
    select (to_jsonb(i) - 'id' - 'created_at' - 'updated_at') || (to_jsonb(t) - 'item_id') as row
    from catalog.item as i join catalog.item_text as t on t.item_id = i.id order by statement_number`.execute(
    test.database.db,
  )
  return rows.map(({ row }) => row)
}

async function count(table: 'item' | 'run' | 'row'): Promise<number> {
  const query = {
    item: sql<{ n: number }>`select count(*)::int as n from catalog.item`,
    run: sql<{ n: number }>`select count(*)::int as n from catalog.register_run where ended_at is null`,
    row: sql<{ n: number }>`select count(*)::int as n from catalog.register_row`,
  }[table]
  const { rows } = await query.execute(test.database.db)
  return rows[0]?.n ?? -1
}

async function callsOf(source: OfficialSource): Promise<number[]> {
  const { rows } = await sql<{ calls: number }>`
    select calls from catalog.register_calls where source = ${source} order by day`.execute(test.database.db)
  return rows.map(({ calls }) => calls)
}

const first = ({ registers }: RegisterReport) => {
  const [one] = registers
  if (one === undefined) throw new Error('no register was asked')
  return one
}

describe('importing the registers by their APIs', () => {
  it('reads both page by page, hidden, and a second run changes nothing', async () => {
    const report = await run([at('c003'), at('htfs')])
    expect(report.stopped).toBe(false)
    expect(report.registers).toMatchObject([
      { source: 'c003', announced: 240, read: 240, added: 240, missed: 0, rejected: 0, ended: true },
      { source: 'htfs', announced: 240, read: 240, missed: 0, ended: true, stop: undefined },
    ])
    expect(register.asked.filter(({ source }) => source === 'htfs').map(({ from }) => from)).toEqual([
      1, 101, 201,
    ])
    const before = await contents()
    expect(before.length).toBeGreaterThanOrEqual(240)
    expect(before[0]).toMatchObject({ status: 'hidden', origin_price: 0 })
    expect(await count('run')).toBe(0)
    expect(await count('row')).toBe(0)
    const again = await run([at('c003'), at('htfs')])
    expect(again.registers).toMatchObject([
      { read: 240, added: 0, changed: 0, unchanged: 240 },
      { read: 240, added: 0, changed: 0, unchanged: 240 },
    ])
    expect(await contents()).toEqual(before)
  })

  it('leaves price, stock and status as the merchant set them, and takes over what the register changed', async () => {
    await run([at('c003')], { offer: 'demo' })
    await sql`update catalog.item set origin_price = 77700, status = 'hidden'`.execute(test.database.db)
    await sql`update catalog.stock set on_hand = 3`.execute(test.database.db)
    const [row] = register.rows.c003.slice(-1)
    register.rows.c003[239] = { ...row, PRDLST_NM: '새 이름', LAST_UPDT_DTM: '20261101' }
    expect((await run([at('c003')], { offer: 'demo' })).registers).toMatchObject([
      { added: 0, changed: 1, unchanged: 239 },
    ])
    const { rows } = await sql<{ price: number; status: string; stock: number }>`
      select origin_price::int as price, status, on_hand as stock
      from catalog.item join catalog.stock on item_id = id where name = '새 이름'`.execute(test.database.db)
    expect(rows).toEqual([{ price: 77_700, status: 'hidden', stock: 3 }])
  })

  it('leaves what the merchant wrote, tells of it in a dry run, and fills the rest', async () => {
    const { db } = test.database
    const deps = { db, clock: test.clock, committed: async () => {} }
    await run([at('c003')])
    const [row] = register.rows.c003
    const found = await sql<{ id: string }>`
      select id from catalog.item where statement_number = ${row?.PRDLST_REPORT_NO}`.execute(db)
    const item = await adminItem(db, found.rows[0]?.id ?? '')
    if (item === undefined) throw new Error('the first row was not imported')
    const mine = await writeTexts(deps, {
      itemId: item.id,
      version: item.version,
      texts: { ...item, name: '우리 이름' },
      actorId: randomUUID(),
    })
    expect(mine).toMatchObject({ kind: 'written', item: { registerTexts: { name: item.name } } })
    register.rows.c003[0] = { ...row, PRDLST_NM: '새 이름', LAST_UPDT_DTM: '20261101' }
    const told: unknown[] = []
    await run([at('c003')], { dryRun: true, onChange: (change) => told.push(change) })
    expect(told).toMatchObject([
      { kind: 'changed', name: '우리 이름', fields: ['updatedDate'], kept: ['name'] },
    ])
    await run([at('c003')])
    expect(await adminItem(db, item.id)).toMatchObject({
      name: '우리 이름',
      updatedDate: '2026-11-01',
      registerTexts: { name: '새 이름' },
    })
  })

  it('goes on at the next page after a stop, and ends as if there had been none', async () => {
    await run()
    const whole = await contents()
    await sql`truncate catalog.item, catalog.register_run, catalog.register_calls cascade`.execute(
      test.database.db,
    )
    const stopping = new AbortController()
    const cut = await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    expect(cut).toMatchObject({ stopped: true, registers: [{ read: 100, ended: false, stop: undefined }] })
    expect(await count('item')).toBe(100)
    register.asked.splice(0)
    const rest = await run()
    expect(first(rest)).toMatchObject({ beganAt: 101, read: 240, added: 240, ended: true })
    expect(register.asked.map(({ from }) => from)).toEqual([101, 201])
    expect(await contents()).toEqual(whole)
  })

  it('leaves of two rows of one number the same one, whether it was stopped between them or not', async () => {
    const twin = { ...register.rows.htfs[0], PRDUCT: '같은 번호의 둘째' }
    register.rows.htfs[150] = twin
    await run()
    const whole = await contents()
    await sql`truncate catalog.item, catalog.register_run cascade`.execute(test.database.db)
    const stopping = new AbortController()
    await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    const doubted: string[] = []
    await run([at('htfs')], { onDoubted: ({ code, row }) => doubted.push(`${code} ${row}`) })
    expect(await contents()).toEqual(whole)
    expect(doubted).toEqual(['number_of_another 151'])
  })

  it('begins at the first row when that is wished', async () => {
    const stopping = new AbortController()
    await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    expect(first(await run([at('htfs')], { restart: true }))).toMatchObject({ beganAt: 1, unchanged: 100 })
  })

  it('does not wait for a register that is not asked, and leaves it its place, also at a new beginning', async () => {
    const stopping = new AbortController()
    await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    for (const restart of [false, false, true])
      expect((await run([at('c003')], { restart })).registers).toMatchObject([
        { source: 'c003', beganAt: 1, read: 240, ended: true },
      ])
    expect((await run([at('htfs')])).registers).toMatchObject([{ source: 'htfs', beganAt: 101, read: 240 }])
    expect(await count('run')).toBe(0)
    expect(await count('row')).toBe(0)
  })

  it('stores each page once when several read at the same time', async () => {
    const reports = await Promise.all([run(), run(), run()])
    const ends = reports.flatMap(({ registers }) => registers)
    expect(ends.filter(({ ended, stop }) => ended && !stop).length).toBeGreaterThanOrEqual(1)
    for (const { stop } of ends) if (stop) expect(stop.code).toBe('overtaken')
    // Whoever was overtaken, or came when the run was over, has changed nothing twice.
    const { rows } = await sql<{ added: number; read: number }>`
      select sum(added)::int as added, max(rows_read) as read from catalog.register_walk`.execute(
      test.database.db,
    )
    expect(rows).toEqual([{ added: 240, read: 240 }])
  })

  it('only says what would change when it is tried', async () => {
    await run([at('c003')])
    const before = await contents()
    const [row] = register.rows.c003
    register.rows.c003[0] = { ...row, PRDLST_NM: '새 이름', LAST_UPDT_DTM: '20261101' }
    register.rows.c003.push({ ...row, PRDLST_REPORT_NO: '999900000001' })
    const changes: unknown[] = []
    const report = await run([at('c003')], { dryRun: true, onChange: (change) => changes.push(change) })
    expect(first(report)).toMatchObject({ read: 241, added: 1, changed: 1, unchanged: 239, ended: true })
    expect(changes).toMatchObject([
      { kind: 'changed', name: '새 이름', fields: ['name', 'updatedDate'] },
      { kind: 'added', statementNumber: '999900000001' },
    ])
    expect(await contents()).toEqual(before)
    expect(await count('run')).toBe(0)
    expect((await callsOf('c003'))[0]).toBe(2)
  })
})

describe('the calls of a day', () => {
  it('are counted over all runs, and the rest is for tomorrow in Seoul', async () => {
    const two = [at('htfs', { callsADay: 2 })]
    expect(first(await run(two))).toMatchObject({ read: 200, ended: false, stop: { code: 'calls_used_up' } })
    expect(first(await run(two))).toMatchObject({ read: 200, stop: { code: 'calls_used_up' } })
    expect(register.asked).toHaveLength(2)
    // 15:00 UTC is midnight in Seoul.
    test.clock.set(Temporal.Instant.from('2026-11-21T15:00:00Z'))
    expect(first(await run(two))).toMatchObject({ beganAt: 201, read: 240, ended: true, stop: undefined })
    test.clock.set(Temporal.Instant.from('2026-11-21T03:00:00Z'))
    expect(await callsOf('htfs')).toEqual([2, 1])
  })

  it('are never exceeded by several at once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => run([at('htfs', { callsADay: 2 })])))
    expect(register.asked.length).toBeLessThanOrEqual(2)
    expect(await callsOf('htfs')).toEqual([2])
  })

  it('are over when the register says so, and it is not asked again that day', async () => {
    register.fault('htfs', 'quota')
    expect(first(await run())).toMatchObject({ read: 0, stop: { code: 'quota_exceeded' } })
    expect(first(await run())).toMatchObject({ stop: { code: 'calls_used_up' } })
    expect(register.asked).toHaveLength(1)
  })
})

describe('every night', () => {
  const night = (addresses = [at('htfs')], log = createLog('silent')) => {
    const { database, clock } = test
    const deps = { db: database.db, clock, committed: async () => {}, log }
    return importNightly(deps, addresses, {
      pauses: { baseMs: 1, maxMs: 2 },
      limits: { timeoutMs: 2_000, maxBytes: 1_000_000 },
    })
  }

  it('goes on until the register is read, and then not before the next day', async () => {
    register.fault('htfs', 'bad_key')
    await night()
    expect(await count('item')).toBe(0)
    await night()
    expect(await count('item')).toBe(240)
    register.asked.splice(0)
    await night()
    expect(register.asked).toEqual([])
    test.clock.set(Temporal.Instant.from('2026-11-21T15:00:00Z'))
    await night()
    expect(register.asked).toHaveLength(3)
    test.clock.set(Temporal.Instant.from('2026-11-21T03:00:00Z'))
  })

  it('reads one register every day while the other one is refused, which then goes on where it was', async () => {
    const stopping = new AbortController()
    await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    register.fault('htfs', 'bad_key', 99)
    const both = [at('c003'), at('htfs')]
    const asked = () => register.asked.splice(0).map(({ source, from }) => `${source} ${from}`)
    asked()
    await night(both)
    expect(asked()).toEqual(['c003 1', 'htfs 101'])
    await night(both)
    expect(asked()).toEqual(['htfs 101'])
    const [row] = register.rows.c003
    register.rows.c003[0] = { ...row, PRDLST_NM: '새 이름', LAST_UPDT_DTM: '20261101' }
    // 15:00 UTC is midnight in Seoul.
    test.clock.set(Temporal.Instant.from('2026-11-21T15:00:00Z'))
    await night(both)
    expect(asked()).toEqual(['c003 1', 'htfs 101'])
    expect(await contents()).toContainEqual(expect.objectContaining({ name: '새 이름' }))
    register.clear('htfs')
    await night(both)
    expect(asked()).toEqual(['htfs 101', 'htfs 201'])
    await night(both)
    expect(asked()).toEqual([])
    test.clock.set(Temporal.Instant.from('2026-11-21T03:00:00Z'))
  })

  it('warns of rows that are missing', async () => {
    register.fault('htfs', 'short_page', 5)
    const log = createLog('silent')
    const warn = vi.spyOn(log, 'warn')
    await night([at('htfs')], log)
    expect(warn.mock.calls).toMatchObject([
      [{ missed: 1, ended: true }, 'the register was imported with gaps'],
    ])
  })

  it('logs only what it read itself', async () => {
    register.fault('htfs', 'bad_key', 99)
    const log = createLog('silent')
    const info = vi.spyOn(log, 'info')
    const warn = vi.spyOn(log, 'warn')
    await night([at('c003'), at('htfs')], log)
    expect(info.mock.calls).toMatchObject([[{ source: 'c003' }, 'the register was imported']])
    info.mockClear()
    await night([at('c003'), at('htfs')], log)
    expect(info).not.toHaveBeenCalled()
    expect(warn.mock.calls).toMatchObject([
      [{ source: 'htfs' }, expect.any(String)],
      [{ source: 'htfs' }, expect.any(String)],
    ])
  })
})

describe('a register that misbehaves', () => {
  const passing: Fault[] = [
    'server_error',
    'empty',
    'no_data',
    'status_503',
    'status_429',
    'reset',
    'truncated',
    'cut_off',
    'short_page',
    'same_page',
    'other_encoding',
  ]
  it.each(passing)('%s: is asked again and nothing is lost', async (fault) => {
    const stopping = new AbortController()
    await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    register.fault('htfs', fault, 2)
    const waits: number[] = []
    const report = await run([at('htfs')], { onWait: ({ ms }) => waits.push(ms) })
    expect(first(report)).toMatchObject({ read: 240, added: 240, missed: 0, rejected: 0, ended: true })
    expect(waits).toHaveLength(2)
    expect(await count('item')).toBe(240)
  })

  const lasting: [Fault, string][] = [
    ['server_error', 'source_error'],
    ['status_503', 'service_error'],
    ['status_429', 'too_many_calls'],
    ['reset', 'cut_off'],
    ['truncated', 'truncated'],
    ['empty', 'empty'],
    ['same_page', 'same_page'],
  ]
  it.each(lasting)('%s for ever: stops after five calls, and goes on later', async (fault, code) => {
    const stopping = new AbortController()
    await run([at('htfs')], { signal: stopping.signal, onProgress: () => stopping.abort() })
    register.asked.splice(0)
    register.fault('htfs', fault, 99)
    expect(first(await run())).toMatchObject({ read: 100, ended: false, stop: { code } })
    // Then the first page, to see whether it is this one alone; not when it was told to call less.
    const others = fault === 'status_429' ? [] : [1]
    expect(register.asked.map(({ from }) => from)).toEqual([101, 101, 101, 101, 101, ...others])
    expect(await count('item')).toBe(100)
    register.clear('htfs')
    expect(first(await run())).toMatchObject({ read: 240, ended: true })
  })

  const final: [Fault, string][] = [
    ['html', 'html_page'],
    ['xml', 'xml_data'],
    ['bad_key', 'key_refused'],
    ['echo_key', 'key_refused'],
    ['status_401', 'key_refused'],
    ['bad_request', 'bad_request'],
    ['redirect', 'redirected'],
    ['more_rows', 'more_rows'],
    ['huge', 'too_large'],
  ]
  it.each(final)('%s: stops at the first call and says why', async (fault, code) => {
    for (const source of ['c003', 'htfs'] as const) register.fault(source, fault)
    // More rows than asked for, where there are more.
    for (let n = 0; fault === 'more_rows' && n < 300; n += 1) register.rows.c003.push({ PRDLST_NM: `${n}` })
    const { registers } = await run([at('c003'), at('htfs')])
    expect(registers).toMatchObject([
      { read: 0, stop: { code } },
      { read: 0, stop: { code } },
    ])
    expect(register.asked).toHaveLength(2)
    expect(JSON.stringify(registers)).not.toContain(SIMULATED_KEY)
    expect(await count('item')).toBe(0)
  })

  it('slow: is not waited for longer than the limit', async () => {
    register.fault('htfs', 'slow', 99)
    const began = performance.now()
    const report = await run([at('htfs')], { limits: { timeoutMs: 150, maxBytes: 1_000_000 } })
    expect(first(report)).toMatchObject({ read: 0, stop: { code: 'too_slow' } })
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  it('nobody there: says so', async () => {
    const report = await run([at('htfs', { baseUrl: 'http://127.0.0.1:1' })])
    expect(first(report)).toMatchObject({ read: 0, stop: { code: 'unreachable' } })
  })

  it('keeps a key of data.go.kr apart from its encoded form', async () => {
    await register.close()
    register = await startRegister({ rows: 5, key: 'ab+/cd==' })
    expect(first(await run([at('htfs', { key: 'ab+/cd==' })]))).toMatchObject({ read: 5 })
    expect(first(await run([at('htfs', { key: 'ab%2B%2Fcd%3D%3D' })]))).toMatchObject({ read: 5 })
  })

  it('a damaged row costs that row only', async () => {
    register.fault('htfs', 'damaged_row')
    const rejected: string[] = []
    const report = await run([at('htfs')], { onRejected: ({ code, row }) => rejected.push(`${code} ${row}`) })
    expect(first(report)).toMatchObject({ read: 240, added: 239, rejected: 1, ended: true })
    expect(rejected).toEqual([expect.stringMatching(/^damaged \d+$/)])
  })

  it('an announced end that is too far is counted as missing, one that is too near is not believed', async () => {
    register.fault('htfs', 'total_too_high', 99)
    expect(first(await run())).toMatchObject({ read: 240, ended: false, stop: { code: expect.any(String) } })
    // Rows that come neither then are not waited for any longer.
    expect(first(await run())).toMatchObject({ read: 240, missed: 1_000, ended: true })
    register.clear('htfs')
    register.fault('htfs', 'total_too_low', 99)
    expect(first(await run())).toMatchObject({ read: 240, missed: 0, ended: true })
  })

  it('a page that stays short is taken, and what is missing is counted', async () => {
    register.fault('htfs', 'short_page', 5)
    expect(first(await run())).toMatchObject({ read: 239, missed: 1, ended: true })
  })

  it('a register that becomes shorter or longer meanwhile is read whole', async () => {
    let pages = 0
    await run([at('htfs')], {
      onProgress: () => {
        pages += 1
        // Rows before the walk go, so that rows behind it move up past it.
        if (pages === 1) register.rows.htfs.splice(10, 20)
      },
    })
    const numbers = register.rows.htfs.map(({ STTEMNT_NO }) => STTEMNT_NO)
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from catalog.item where statement_number = any(${numbers}::text[])`.execute(
      test.database.db,
    )
    expect(rows).toEqual([{ n: 220 }])
    const more = { ...register.rows.htfs[0], STTEMNT_NO: '999900000001' }
    const grow = { onProgress: () => void register.rows.htfs.splice(0, 0, more) }
    expect(first(await run([at('htfs')], grow))).toMatchObject({ missed: 0, ended: true })
    expect(await count('item')).toBe(240)
    // What came before the walk is found by the next one.
    await run()
    expect(await count('item')).toBe(241)
  })

  it('a register whose pages end exactly at a full one ends there', async () => {
    await register.close()
    register = await startRegister({ rows: 200 })
    expect(first(await run())).toMatchObject({ read: 200, missed: 0, ended: true })
    expect(register.asked.map(({ from }) => from)).toEqual([1, 101, 201])
  })

  it('an empty register ends at once', async () => {
    register.rows.htfs.splice(0)
    expect(first(await run())).toMatchObject({ read: 0, announced: 0, ended: true, stop: undefined })
  })
})
