import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSplitter, type Found, maxRowLength } from './split-json.ts'

function split(text: string, cuts: readonly number[] = []): Found[] {
  const splitter = createSplitter()
  const borders = [0, ...[...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b)]
  const pieces = borders.map((border, index) => text.slice(border, borders[index + 1]))
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

const rowsIn = (found: readonly Found[]): unknown[] =>
  found.flatMap((each) => (each.kind === 'row' ? [JSON.parse(each.text)] : []))
function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const envelopesIn = (found: readonly Found[]): unknown[] =>
  found.flatMap((each) => (each.kind === 'envelope' ? [JSON.parse(each.text)] : []))

/** Strings full of what could mislead: quotes, backslashes, brackets, member names, line breaks. */
const trickyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\\"', '"row":[', '가', '😀', ' '),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))
const value: fc.Arbitrary<unknown> = fc.oneof(
  trickyText,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(trickyText, { maxLength: 3 }),
  fc.dictionary(trickyText, trickyText, { maxKeys: 3 }),
)
/** A row never begins with the name of an envelope's member: that is how the two are told apart. */
const row = fc
  .dictionary(trickyText, value, { maxKeys: 4 })
  .map((members) => ({ PRDLST_NM: '', ...members }))
  .filter((members) => Object.keys(members)[0] === 'PRDLST_NM')
const rowList = fc.array(row, { maxLength: 5 })

interface Sample {
  readonly json: unknown
  readonly rows: readonly unknown[]
  /** What must be left of the envelope. */
  readonly envelope: readonly unknown[]
}
const result = fc.record({ CODE: trickyText, MSG: trickyText })
const envelope: fc.Arbitrary<Sample> = fc.oneof(
  fc
    .record({ rows: rowList, RESULT: result, count: trickyText, last: fc.boolean() })
    .map(({ rows, RESULT, count, last }): Sample => {
      const of = (row: unknown) =>
        last ? { C003: { total_count: count, RESULT, row } } : { C003: { row, total_count: count, RESULT } }
      return { json: of(rows), rows, envelope: [of([])] }
    }),
  fc
    .record({ rows: rowList, header: result, wrap: fc.constantFrom('item', 'list', 'bare') })
    .map(({ rows, header, wrap }): Sample => {
      const items = wrap === 'list' ? { item: rows } : wrap === 'item' ? rows.map((item) => ({ item })) : rows
      const of = (list: unknown) => ({ header, body: { items: list, totalCount: 3 } })
      return {
        json: of(items),
        rows: wrap === 'item' ? rows.map((item) => ({ item })) : rows,
        envelope: [of(wrap === 'list' ? { item: [] } : [])],
      }
    }),
  row.map(
    (only): Sample => ({
      json: { response: { header: { resultCode: '00' }, body: { items: { item: only } } } },
      rows: [only],
      envelope: [{ response: { header: { resultCode: '00' }, body: { items: { item: [] } } } }],
    }),
  ),
  fc.record({ RESULT: result }).map((json): Sample => ({ json, rows: [], envelope: [json] })),
)
const sample: fc.Arbitrary<Sample> = fc.oneof(
  envelope,
  row.map((only): Sample => ({ json: only, rows: [only], envelope: [] })),
  fc
    .array(
      fc.oneof(value, row).filter((each) => !isEnvelopeLike(each)),
      { maxLength: 4 },
    )
    .map((rows): Sample => ({ json: rows, rows, envelope: [] })),
  fc.array(envelope, { maxLength: 3 }).map(
    (all): Sample => ({
      json: all.map((each) => each.json),
      rows: all.flatMap((each) => each.rows),
      envelope: all.flatMap((each) => each.envelope),
    }),
  ),
)
function isEnvelopeLike(each: unknown): boolean {
  return (
    typeof each === 'object' &&
    each !== null &&
    ['C003', 'RESULT', 'header', 'body', 'response'].includes(Object.keys(each)[0] ?? '')
  )
}

describe('splitting JSON into rows', () => {
  it('finds the same rows and envelopes as JSON.parse, wherever the pieces end', () => {
    const indents = fc.constantFrom(undefined, 1, '\t')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sample, indents), { maxLength: 4 }),
        fc.constantFrom('', '\n', ' , \r\n'),
        fc.array(fc.nat()),
        (samples, between, cuts) => {
          const text = samples.map(([each, indent]) => JSON.stringify(each.json, null, indent)).join(between)
          const found = split(text, cuts)
          expect(found.filter((each) => each.kind === 'broken')).toEqual([])
          expect(rowsIn(found)).toEqual(samples.flatMap(([each]) => JSON.parse(JSON.stringify(each.rows))))
          expect(envelopesIn(found)).toEqual(
            samples.flatMap(([each]) => JSON.parse(JSON.stringify(each.envelope))),
          )
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('tells that a text was cut off, after giving every row that was complete', () => {
    fc.assert(
      fc.property(sample, fc.nat(), fc.array(fc.nat()), ({ json, rows }, cut, cuts) => {
        const whole = JSON.stringify(json)
        const text = whole.slice(0, 1 + (cut % Math.max(1, whole.length - 1)))
        fc.pre(text.length < whole.length)
        const found = split(text, cuts)
        const last = found.at(-1)
        // A cut behind brackets in a text cannot be told from damage there; either is told.
        const damaged = found.some((each) => each.kind === 'row' && parsedOf(each.text) === undefined)
        if (!damaged) expect(last).toMatchObject({ kind: 'broken', code: 'truncated' })
        const complete = rowsIn(
          found.filter((each) => each.kind === 'row' && parsedOf(each.text) !== undefined),
        )
        expect(complete).toEqual(JSON.parse(JSON.stringify(rows)).slice(0, complete.length))
      }),
    )
  })

  it('tells the line where a row begins', () => {
    const found = split('\n\n{"C003":\n{"row":[\n{"PRDLST_NM":\n"a"},\n\n{"PRDLST_NM":"b"}\n]}}\n')
    expect(found.map((each) => [each.kind, each.line])).toEqual([
      ['row', 5],
      ['row', 8],
      ['envelope', 3],
    ])
  })

  it('hands over what is no JSON as one text, cut short', () => {
    expect(split(' <html>{"a":1}</html> ')).toEqual([
      { kind: 'envelope', text: '<html>{"a":1}</html> ', line: 1, rows: 0 },
    ])
    const [page, ...more] = split(`<html>${'x'.repeat(50_000)}`, [3, 20_000])
    expect(more).toEqual([])
    expect(page?.kind === 'envelope' && page.text.length).toBe(10_000)
    expect(split('')).toEqual([])
  })

  it('keeps elements that are no objects, so that they can be rejected', () => {
    expect(rowsIn(split('{"C003":{"row":[1,"a]",null , [1,{"b":"]"}],true]}}'))).toEqual([
      1,
      'a]',
      null,
      [1, { b: ']' }],
      true,
    ])
  })

  it('costs a damaged row only, wherever the damage and the ends of the pieces are', () => {
    const names = fc.constantFrom('PRDLST_NM', 'BSSH_NM', '비고')
    const flat = fc
      .dictionary(names, trickyText, { maxKeys: 3 })
      .map((more) => ({ PRDLST_REPORT_NO: '990000000001', ...more }))
    const damage = fc.constantFrom('"', '\\"', '"}', '{', '}', '[', ']', '"]', '\\', '"{"', '",', '":')
    fc.assert(
      fc.property(
        fc.array(flat, { minLength: 3, maxLength: 6 }),
        fc.nat(),
        fc.nat(),
        damage,
        fc.constantFrom(',', ',\n', '\r\n,\t'),
        fc.array(fc.nat()),
        (rows, which, where, harm, between, cuts) => {
          const texts = rows.map((each) => JSON.stringify(each))
          const at = which % (rows.length - 1)
          const text = texts[at] ?? ''
          // Behind the first member's name and colon, before the last brace.
          const place = 20 + (where % Math.max(1, text.length - 21))
          texts[at] = text.slice(0, place) + harm + text.slice(place)
          const found = split(`{"C003":{"total_count":"9","row":[${texts.join(between)}]}}`, cuts)
          const read = found.flatMap((each) => (each.kind === 'row' ? [parsedOf(each.text)] : []))
          for (const [index, sound] of rows.entries()) {
            if (index !== at) expect(read).toContainEqual(JSON.parse(JSON.stringify(sound)))
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('lets a damaged last row cost no more than itself', () => {
    const found = split('{"C003":{"total_count":"2","row":[{"A_B":"x"},{"A_B":"y"z"}]}}\n')
    expect(found).toMatchObject([
      { kind: 'row', text: '{"A_B":"x"}' },
      { kind: 'row' },
      { kind: 'envelope', text: '{"C003":{"total_count":"2","row":[]}}', rows: 2 },
    ])
  })

  it('takes lists of rows under any name, and envelopes with other members first', () => {
    expect(rowsIn(split('{"C003":{"ROW":[{"a":1}]}}'))).toEqual([{ a: 1 }])
    expect(rowsIn(split('{"total_count":"1","row":[{"a":1}]}'))).toEqual([{ a: 1 }])
    expect(rowsIn(split('{"fetchedAt":"2026","C003":{"row":[{"a":1}]}}'))).toEqual([{ a: 1 }])
    expect(rowsIn(split('{"header":{"resultCode":"00"},"body":{"itemList":[{"a":1},{"a":2}]}}'))).toEqual([
      { a: 1 },
      { a: 2 },
    ])
  })

  it('passes over marks and blanks of every kind between values', () => {
    const page = '{"C003":{"row":[{"a":1}]}}'
    expect(rowsIn(split(`\ufeff\ufeff${page}\ufeff${page}\u00a0${page}\u200b\u3000\n${page}\u2028`))).toEqual(
      Array.from({ length: 4 }, () => ({ a: 1 })),
    )
  })

  it('gives up on a row without end instead of collecting it', () => {
    const splitter = createSplitter()
    splitter.push('{"C003":{"row":[{"PRDLST_NM":"')
    const found = Array.from({ length: 30 }, () => splitter.push('x'.repeat(maxRowLength / 20))).flat()
    expect(found).toEqual([{ kind: 'broken', code: 'too_large', line: 1 }])
    expect(splitter.end()).toEqual([])
  })
})
