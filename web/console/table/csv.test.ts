import { expect, it } from 'vitest'
import { askedBy, type Column, type ListPage } from './columns.ts'
import { allRows, csvOf } from './csv.ts'

const columns: Column<{ name: string; amount: number }>[] = [
  { id: 'name', header: 'Name', text: ({ name }) => name },
  { id: 'amount', header: 'Amount', text: ({ amount }) => amount },
]

it('a table as CSV is quoted where it must be, and nothing in it is a formula', () => {
  const rows = [
    { name: '김 "하나", 서울', amount: -300 },
    { name: '=HYPERLINK("x")', amount: 2 },
  ]
  expect(csvOf(columns, rows)).toBe(
    '\uFEFFName,Amount\r\n"김 ""하나"", 서울",-300\r\n"\'=HYPERLINK(""x"")",2\r\n',
  )
})

it('all rows are fetched, by number or from place to place', async () => {
  const numbered = async ({ page }: { page: number }): Promise<ListPage<number>> => ({
    data: [page],
    page: { number: page, size: 1, totalElements: 3, totalPages: 3 },
  })
  expect(await allRows(numbered, askedBy({ page: '2' }))).toEqual({ rows: [1, 2, 3], isCut: false })
  const placed = async ({ after }: { after: string | undefined }): Promise<ListPage<string>> => ({
    data: [after ?? 'first'],
    page: { size: 1, next: after === undefined ? 'b' : null },
  })
  expect(await allRows(placed, askedBy({}))).toEqual({ rows: ['first', 'b'], isCut: false })
  expect(await allRows(async () => ({ data: [1] }), askedBy({}))).toEqual({ rows: [1], isCut: false })
})

it('no more rows are fetched than a table on a desk has', async () => {
  const endless = async (): Promise<ListPage<number>> => ({
    data: Array.from({ length: 100 }, (_, n) => n),
    page: { size: 100, next: 'on' },
  })
  const { rows, isCut } = await allRows(endless, askedBy({}))
  expect([rows.length, isCut]).toEqual([10_000, true])
})

it('an address asks for what makes sense, and for the usual where it does not', () => {
  expect(askedBy({ page: '-3', size: '9999', sort: '' })).toMatchObject({
    page: 1,
    size: 100,
    sort: undefined,
  })
  expect(askedBy({ page: 'two', size: '20', after: 'x' })).toMatchObject({ page: 1, size: 20, after: 'x' })
})
