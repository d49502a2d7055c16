import { describe, expect, it } from 'vitest'
import { type Page, trouble } from './read-page.ts'
import { asEnd, isOfThePage, MOST_TURNS, pastPage, stepAfter, type Walk } from './walk.ts'

const walkAt = (nextRow: number, more: Partial<Walk> = {}): Walk => ({
  runId: 'run',
  source: 'htfs',
  pageSize: 100,
  nextRow,
  announced: 0,
  missed: 0,
  turns: 0,
  lastPage: null,
  stoppedBy: null,
  read: 0,
  added: 0,
  changed: 0,
  unchanged: 0,
  rejected: 0,
  doubted: 0,
  ended: false,
  ...more,
})
const pageOf = (rows: number, total: number, damaged = 0): Page => ({
  kind: 'page',
  total,
  rows: Array.from({ length: rows }, (_, at) => ({
    kind: 'row' as const,
    value: at < damaged ? undefined : {},
    text: '{}',
    line: 1,
  })),
})
const step = (walk: Walk, page: Page, last = false) => stepAfter(walk, page, 'print', last)

describe('a page of a register', () => {
  it('moves the walk on by a page, and ends it when it is not full', () => {
    expect(step(walkAt(1), pageOf(100, 240))).toMatchObject({
      kind: 'take',
      to: { nextRow: 101, announced: 240, missed: 0, lastPage: 'print', ended: false },
    })
    expect(step(walkAt(201, { announced: 240 }), pageOf(40, 240))).toMatchObject({
      kind: 'take',
      to: { missed: 0, ended: true },
    })
  })

  it('that reaches the announced end and is full does not prove that it is the end', () => {
    expect(step(walkAt(101, { announced: 200 }), pageOf(100, 200))).toMatchObject({ to: { ended: false } })
    expect(step(walkAt(201, { announced: 200 }), pageOf(0, 0))).toMatchObject({
      to: { announced: 200, missed: 0, ended: true },
    })
  })

  it('that lacks announced rows is asked for again, and at last taken with what is missing counted', () => {
    const walk = walkAt(101, { announced: 240, missed: 5 })
    expect(step(walk, pageOf(98, 240))).toEqual({ kind: 'doubted', code: 'short_page' })
    expect(step(walk, pageOf(98, 240), true)).toMatchObject({
      kind: 'take',
      to: { nextRow: 201, missed: 7, ended: false },
    })
    expect(step(walk, pageOf(0, 0))).toEqual({ kind: 'doubted', code: 'short_page' })
    expect(step({ ...walk, announced: 199 }, pageOf(0, 0), true)).toMatchObject({
      to: { missed: 104, ended: true },
    })
  })

  it('without rows is no end while a whole page and more is lacking, unless an earlier import found none either', () => {
    const walk = walkAt(101, { announced: 45_166 })
    expect(step(walk, pageOf(0, 0), true)).toEqual({ kind: 'doubted', code: 'short_page' })
    expect(step({ ...walk, stoppedBy: 'too_slow' }, pageOf(0, 0), true)).toMatchObject({ kind: 'doubted' })
    expect(step({ ...walk, stoppedBy: 'short_page' }, pageOf(0, 0), true)).toMatchObject({
      to: { missed: 45_066, ended: true },
    })
  })

  it('that is the one before once more, or larger than asked for, is never taken', () => {
    const walk = walkAt(101, { announced: 240, lastPage: 'print' })
    expect(step(walk, pageOf(100, 240), true)).toEqual({ kind: 'doubted', code: 'same_page' })
    expect(step(walkAt(1), pageOf(101, 240), true)).toEqual({ kind: 'doubted', code: 'more_rows' })
  })

  it('that is mostly damaged is asked for again; a damaged row or two are not', () => {
    expect(step(walkAt(1), pageOf(100, 100, 51))).toEqual({ kind: 'doubted', code: 'damaged_page' })
    expect(step(walkAt(1), pageOf(100, 100, 51), true)).toMatchObject({ kind: 'take' })
    expect(step(walkAt(1), pageOf(100, 100, 50))).toMatchObject({ kind: 'take' })
    expect(step(walkAt(1), pageOf(1, 1, 1))).toMatchObject({ kind: 'take' })
    expect(step(walkAt(1), pageOf(2, 2, 2))).toEqual({ kind: 'doubted', code: 'damaged_page' })
  })

  it('of a register that has become shorter turns the walk back as far, only so often and so far', () => {
    const walk = walkAt(301, { announced: 1_000, turns: 1 })
    expect(step(walk, pageOf(100, 999))).toMatchObject({
      kind: 'back',
      to: { nextRow: 201, announced: 999, turns: 2, lastPage: null },
    })
    expect(step(walk, pageOf(100, 899))).toMatchObject({ kind: 'back', to: { nextRow: 101 } })
    expect(step(walkAt(9_001, { announced: 90_000 }), pageOf(100, 10_000))).toMatchObject({
      to: { nextRow: 8_001 },
    })
    expect(step({ ...walk, turns: MOST_TURNS }, pageOf(100, 999))).toMatchObject({ kind: 'take' })
    expect(step(walkAt(1, { announced: 1_000 }), pageOf(100, 999))).toMatchObject({ kind: 'take' })
    expect(step(walk, pageOf(100, 1_001))).toMatchObject({ kind: 'take', to: { announced: 1_001 } })
  })

  it('that announces less than is at hand is not believed', () => {
    expect(step(walkAt(101, { announced: 200 }), pageOf(100, 100))).toMatchObject({
      kind: 'take',
      to: { announced: 200, ended: false },
    })
  })
})

describe('announced rows of which none comes', () => {
  const missing = { ...trouble('short_page'), code: 'rows_missing' }
  it('are the end behind the last row, within it only when it stays so, and never at the first', () => {
    expect(asEnd(walkAt(201, { announced: 200 }), missing, false)).toMatchObject({ kind: 'page', rows: [] })
    expect(asEnd(walkAt(101, { announced: 200 }), missing, false)).toBe(missing)
    expect(asEnd(walkAt(101, { announced: 199 }), missing, true)).toMatchObject({ kind: 'page', rows: [] })
    const far = walkAt(101, { announced: 45_166 })
    expect(asEnd(far, missing, true)).toBe(missing)
    expect(asEnd({ ...far, stoppedBy: 'rows_missing' }, missing, true)).toMatchObject({
      kind: 'page',
      rows: [],
    })
    expect(asEnd(walkAt(1), missing, true)).toBe(missing)
  })

  it('are told from other troubles', () => {
    const other = trouble('too_slow')
    expect(asEnd(walkAt(201, { announced: 200 }), other, true)).toBe(other)
  })
})

describe('a page that does not come', () => {
  it('holds up its walk, unless it is the first one or the trouble is everybody’s', () => {
    expect(isOfThePage(walkAt(101), { code: 'source_error' })).toBe(true)
    expect(isOfThePage(walkAt(1), { code: 'source_error' })).toBe(false)
    for (const code of ['key_refused', 'quota_exceeded', 'calls_used_up', 'unreachable', 'certificate'])
      expect(isOfThePage(walkAt(101), { code })).toBe(false)
  })

  it('is gone past with all of its rows missing, and the walk ends behind the last one', () => {
    expect(pastPage(walkAt(101, { announced: 240, missed: 2, turns: 1, lastPage: 'print' }))).toEqual({
      nextRow: 201,
      announced: 240,
      missed: 102,
      turns: 1,
      lastPage: null,
      ended: false,
    })
    expect(pastPage(walkAt(201, { announced: 240 }))).toMatchObject({ missed: 40, ended: true })
    expect(pastPage(walkAt(201, { announced: 300 }))).toMatchObject({ missed: 100, ended: true })
    expect(pastPage(walkAt(201, { announced: 301 }))).toMatchObject({ missed: 100, ended: false })
    expect(pastPage(walkAt(301, { announced: 240 }))).toMatchObject({ missed: 0, ended: true })
  })
})
