import { expect, test } from 'vitest'
import { booksIn, MOST_LINES } from './csv-books.ts'

const HEAD = 'title,author,publisher,year,isbn,callNumber,kdc,copies'

test('reads titles as spreadsheets write them', () => {
  const text = `\uFEFF${HEAD}\r\n"토지, 1권","박""경""리",마로니에,2012,979-11-8800-000-5,813.6 박14ㅌ,813.6,2\r\n"두\n줄",,,,,,800,\r\n\r\n`
  expect(booksIn(text)).toEqual({
    kind: 'lines',
    lines: [
      {
        line: 2,
        book: {
          title: '토지, 1권',
          author: '박"경"리',
          publisher: '마로니에',
          year: 2012,
          isbn: '979-11-8800-000-5',
          callNumber: '813.6 박14ㅌ',
          kdc: '813.6',
          copies: 2,
        },
        faults: [],
      },
      {
        line: 3,
        book: {
          title: '두\n줄',
          author: '',
          publisher: '',
          year: null,
          isbn: null,
          callNumber: '',
          kdc: '800',
          copies: 1,
        },
        faults: [],
      },
    ],
  })
})

test('says what has to be corrected, line by line', () => {
  const read = booksIn('kdc,title,copies,year,isbn\n8,,-1,12,가나다\n800,책,x,,')
  expect(read.kind === 'lines' && read.lines.map(({ line, faults }) => [line, ...faults])).toEqual([
    [
      2,
      { kind: 'missing', field: 'title' },
      { kind: 'wrong', field: 'kdc' },
      { kind: 'wrong', field: 'year' },
      { kind: 'wrong', field: 'copies' },
      { kind: 'wrong', field: 'isbn' },
    ],
    [3, { kind: 'wrong', field: 'copies' }],
  ])
})

test('a file without what is needed, or with more than a library at a time, is not begun', () => {
  expect(booksIn('')).toEqual({ kind: 'no_column', field: 'title' })
  expect(booksIn('title\n책')).toEqual({ kind: 'no_column', field: 'kdc' })
  const many = `title,kdc\n${'책,800\n'.repeat(MOST_LINES + 1)}`
  expect(booksIn(many)).toEqual({ kind: 'too_many' })
})
