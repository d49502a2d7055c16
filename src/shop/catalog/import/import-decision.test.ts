import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideImport, type Rank, rankOf } from './import-decision.ts'
import type { ImportedItem } from './public-data.ts'

const blank: ImportedItem = {
  statementNumber: '200400150395',
  name: '홍삼',
  enterprise: '(주)고려',
  registeredDate: null,
  distributionPeriod: '',
  appearance: '',
  servingUse: '',
  preservation: '',
  intakeHint: '',
  mainFunction: '',
  baseStandard: '',
  rawMaterials: '',
  shape: '',
  updatedDate: null,
}
const day = (text: string) => Temporal.PlainDate.from(text)
const item = (parts: Partial<ImportedItem>): ImportedItem => ({ ...blank, ...parts })

describe('deciding on a row of the register', () => {
  it('adds what is new, leaves what is equal, takes what changed', () => {
    expect(decideImport(undefined, blank, undefined)).toEqual({ kind: 'added', item: blank })
    expect(decideImport(blank, item({}), undefined)).toEqual({ kind: 'unchanged' })
    const other = item({ appearance: '붉은 액상' })
    expect(decideImport(item({ appearance: '갈색 액상' }), other, undefined)).toEqual({
      kind: 'changed',
      item: other,
    })
  })

  it('lets the newer register date win and never a row without one', () => {
    const old = item({ appearance: '옛', updatedDate: day('2015-05-22') })
    const newer = item({ appearance: '새', updatedDate: day('2020-01-01') })
    expect(decideImport(old, newer, undefined)).toEqual({ kind: 'changed', item: newer })
    expect(decideImport(newer, old, undefined)).toEqual({ kind: 'unchanged' })
    expect(decideImport(old, item({ appearance: '날짜 없음' }), undefined)).toEqual({ kind: 'unchanged' })
  })

  it('fills blanks from the other service and never erases', () => {
    const c003 = item({ rawMaterials: '홍삼농축액', updatedDate: day('2015-05-22') })
    const htfs = item({ preservation: '서늘한 곳', registeredDate: day('2004-03-02') })
    const both = item({ ...c003, preservation: '서늘한 곳', registeredDate: day('2004-03-02') })
    expect(decideImport(c003, htfs, undefined)).toEqual({ kind: 'changed', item: both })
    expect(decideImport(htfs, c003, undefined)).toEqual({ kind: 'changed', item: both })
  })

  it('lets the first of several rows of the same rank win within one run', () => {
    const [first, second] = [item({ shape: '캡슐' }), item({ shape: '분말', appearance: '흰 분말' })]
    expect(decideImport(first, second, rankOf(first))).toEqual({
      kind: 'changed',
      item: item({ shape: '캡슐', appearance: '흰 분말' }),
    })
    expect(decideImport(first, item({ shape: '분말' }), rankOf(first))).toEqual({ kind: 'unchanged' })
    expect(decideImport(first, second, undefined)).toEqual({ kind: 'changed', item: second })
  })

  it('changes nothing when the same rows come again, whatever they are', () => {
    const text = fc.constantFrom('', 'a', 'b')
    const anyItem = fc
      .record({
        appearance: text,
        shape: text,
        rawMaterials: text,
        updatedDate: fc.constantFrom(null, day('2015-01-01'), day('2020-01-01')),
        registeredDate: fc.constantFrom(null, day('2004-01-01'), day('2005-01-01')),
      })
      .map(item)
    const run = (stored: ImportedItem | undefined, rows: readonly ImportedItem[]) => {
      let current = stored
      let seen: Rank | undefined
      let written = 0
      for (const row of rows) {
        const decision = decideImport(current, row, seen)
        if (seen === undefined || rankOf(row) > seen) seen = rankOf(row)
        if (decision.kind === 'unchanged') continue
        current = decision.item
        written += 1
      }
      return { current, written }
    }
    fc.assert(
      fc.property(fc.array(anyItem, { minLength: 1, maxLength: 6 }), fc.nat(), (rows, killedAfter) => {
        const first = run(undefined, rows)
        expect(run(first.current, rows)).toEqual({ current: first.current, written: 0 })
        // Killed after some rows and run again from the start: the same end.
        const partly = run(undefined, rows.slice(0, killedAfter % (rows.length + 1)))
        expect(run(partly.current, rows).current).toEqual(first.current)
      }),
      { numRuns: 2_000 },
    )
  })
})
