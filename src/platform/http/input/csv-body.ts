import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import { refusalError } from './json-body.ts'

/** Bodies of these routes may be tables: in UTF-8, or as spreadsheets on Korean Windows save them. */
export function readTables(scope: App): void {
  scope.addContentTypeParser<Buffer>('text/csv', { parseAs: 'buffer' }, (_request, bytes, done) => {
    const text = decoded(bytes, 'utf-8') ?? decoded(bytes, 'euc-kr')
    if (text === undefined || text.includes('\0')) done(refusalError(refused('malformed_body')))
    else done(null, text)
  })
}

function decoded(bytes: Buffer, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
