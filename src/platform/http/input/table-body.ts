import Type from 'typebox'
import { refused } from '../../refusal.ts'
import { readXlsx } from '../../tables/read-xlsx.ts'
import { tableText } from '../../tables/table-file.ts'
import { type CsvRow, readCsv } from '../../text/csv.ts'
import type { App } from '../app.ts'
import { refusalError } from './json-body.ts'

/** The media type of a workbook. */
export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/**
 * Bodies of these routes may be tables: text in UTF-8, or as spreadsheets on Korean Windows save it; or a workbook, whose
 * bytes stay as they are until `tableIn` reads them.
 */
export function readTables(scope: App): void {
  scope.addContentTypeParser<Buffer>('text/csv', { parseAs: 'buffer' }, (_request, bytes, done) => {
    const text = tableText(bytes)
    if (text === undefined) done(refusalError(refused('malformed_body')))
    else done(null, text)
  })
  scope.addContentTypeParser<Buffer>(XLSX, { parseAs: 'buffer' }, (_request, bytes, done) =>
    done(null, bytes),
  )
}

const UNREADABLE = {
  detail: {
    ko: '읽을 수 있는 엑셀 파일(.xlsx)이 아닙니다. 암호를 걸지 않고 .xlsx나 CSV로 저장해서 올려 주세요.',
    en: 'This is no workbook (.xlsx) that can be read. Please save it as .xlsx without a password, or as CSV.',
  },
}

/** What a route that takes tables states of its body. */
export function tableBody(mostBytes: number) {
  return {
    content: {
      'text/csv': { schema: Type.String({ maxLength: mostBytes }) },
      [XLSX]: { schema: Type.Unsafe<unknown>({ description: 'A workbook; its first sheet is the table' }) },
    },
  }
}

/** What a route answers that gives a workbook. */
export const WORKBOOK = {
  description: 'A workbook (.xlsx) with one sheet; texts are texts, so that zeros in front stay',
  content: { [XLSX]: { schema: Type.Unsafe<Buffer>({}) } },
} as const

/**
 * The rows of a body that was read so; of a workbook those of its first sheet.
 * @param mostRows of a table that is taken, its head included; of a longer workbook one more is read, so that it is seen
 * @throws the refusals malformed_body (no workbook) and body_too_large (it would unpack to too much)
 */
export async function tableIn(body: unknown, mostRows: number): Promise<CsvRow[]> {
  if (!Buffer.isBuffer(body)) return typeof body === 'string' ? readCsv(body) : []
  const read = await readXlsx(body, mostRows + 1)
  if (read.kind === 'table') return read.rows
  throw refusalError(
    read.kind === 'too_large' ? refused('body_too_large') : refused('malformed_body', UNREADABLE),
  )
}
