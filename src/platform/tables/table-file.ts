import { readCsv } from '../text/csv.ts'
import { decodeCp949 } from '../text/korean-encoding.ts'
import { readXlsx, type Workbook } from './read-xlsx.ts'

/** How every workbook begins: it is an archive. */
const ARCHIVE = Buffer.from('PK\x03\x04', 'latin1')

/**
 * The rows of a file: of the first sheet of a workbook, else of a text. What it is, is seen from how it begins.
 * @param mostRows of a workbook that are read at most
 */
export async function readTableFile(bytes: Buffer, mostRows: number): Promise<Workbook> {
  if (bytes.subarray(0, ARCHIVE.length).equals(ARCHIVE)) return readXlsx(bytes, mostRows)
  const text = tableText(bytes)
  return text === undefined ? { kind: 'unreadable' } : { kind: 'table', rows: readCsv(text) }
}

/** The text of a table in UTF-8, or as spreadsheets on Korean Windows save it; undefined when it is neither. */
export function tableText(bytes: Buffer): string | undefined {
  const text = utf8(bytes) ?? decodeCp949(bytes)
  return text?.includes('\0') ? undefined : text
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
