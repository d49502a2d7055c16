import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv, writeCsv } from './csv.ts'

const cellsOf = (text: string) => readCsv(text).map(({ cells }) => cells)

describe('a table', () => {
  it('is read as spreadsheets write it', () => {
    expect(cellsOf('\ufeffa,b\r\n1,"x, ""y"""\r\n')).toEqual([
      ['a', 'b'],
      ['1', 'x, "y"'],
    ])
    expect(cellsOf('a;b;c\n1;2,5;3')).toEqual([
      ['a', 'b', 'c'],
      ['1', '2,5', '3'],
    ])
    expect(cellsOf('a\tb\n1\t2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
    expect(cellsOf(' a , "b" \n')).toEqual([['a', 'b']])
    expect(cellsOf('')).toEqual([])
    expect(cellsOf('"never closed\n1,2')).toEqual([['never closed\n1,2']])
  })

  it('tells the line of each row, whatever is empty or runs over several lines', () => {
    expect(readCsv('a\n\n,,\n"b\nc"\nd').map(({ line }) => line)).toEqual([1, 4, 6])
  })

  it('holds no formulas, and is known as UTF-8', () => {
    const text = writeCsv([['=1+1', '+82', '-x', '@a', '홍길동', 12, 'a,b', '"', ' edge ']])
    expect(text.startsWith('\ufeff')).toBe(true)
    expect(text.slice(1)).toBe(`'=1+1,'+82,'-x,'@a,홍길동,12,"a,b",""""," edge "\r\n`)
  })

  it('is read back as it was written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '한', '"', ',', ';', '\n', ' ', '1') })
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 })
    fc.assert(
      fc.property(table, (rows) => {
        // The head decides the separator; a row without anything is none.
        const whole = [['h1', 'h2'], ...rows.map((cells) => ['x', ...cells.map((one) => one.trim())])]
        expect(cellsOf(writeCsv(whole))).toEqual(whole)
      }),
    )
  })
})
