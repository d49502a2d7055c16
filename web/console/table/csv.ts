import type { Asked, Column, ListPage } from './columns.ts'

/** More are not for a table on a desk. */
const MOST_ROWS = 10_000
const PAGE_SIZE = 100

/** Every row that the filters find, page by page, and whether there would have been more. */
export async function allRows<Row>(
  load: (asked: Asked) => Promise<ListPage<Row>>,
  asked: Asked,
): Promise<{ rows: readonly Row[]; isCut: boolean }> {
  const rows: Row[] = []
  let next: Pick<Asked, 'page' | 'after'> | undefined = { page: 1, after: undefined }
  while (next !== undefined && rows.length < MOST_ROWS) {
    const answer: ListPage<Row> = await load({ ...asked, ...next, size: PAGE_SIZE })
    rows.push(...answer.data)
    next = placeAfter(answer)
  }
  return { rows, isCut: next !== undefined }
}

function placeAfter({ page }: ListPage<unknown>): Pick<Asked, 'page' | 'after'> | undefined {
  if (page === undefined) return undefined
  if ('next' in page) return page.next === null ? undefined : { page: 1, after: page.next }
  return page.number < page.totalPages ? { page: page.number + 1, after: undefined } : undefined
}

/** A table as CSV. What begins like a formula is given as text: a name must do nothing in somebody's spreadsheet. */
export function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ header }) => header),
    ...rows.map((row) => columns.map(({ text }) => text(row))),
  ]
  return `\uFEFF${lines.map((line) => line.map(fieldOf).join(',')).join('\r\n')}\r\n`
}

function fieldOf(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Gives the reader a file. */
export function download(name: string, content: string | Blob): void {
  const file = typeof content === 'string' ? new Blob([content], { type: 'text/csv;charset=utf-8' }) : content
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
