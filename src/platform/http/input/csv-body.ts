import { refused } from '../../refusal.ts'
import { decodeCp949 } from '../../text/korean-encoding.ts'
import type { App } from '../app.ts'
import { refusalError } from './json-body.ts'

/** Bodies of these routes may be tables: in UTF-8, or as spreadsheets on Korean Windows save them. */
export function readTables(scope: App): void {
  scope.addContentTypeParser<Buffer>('text/csv', { parseAs: 'buffer' }, (_request, bytes, done) => {
    const text = utf8(bytes) ?? decodeCp949(bytes)
    if (text === undefined || text.includes('\0')) done(refusalError(refused('malformed_body')))
    else done(null, text)
  })
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
