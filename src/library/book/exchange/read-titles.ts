import { isUtf8 } from 'node:buffer'
import { createCsvReader } from '../../../platform/text/csv.ts'
import {
  cp949Pieces,
  looksLikeCp949,
  type TextPieces,
  utf8Pieces,
} from '../../../platform/text/korean-encoding.ts'
import { type Places, placesIn, titleOfRow } from '../formats/csv-titles.ts'
import type { ReadingRules, ReadTitle } from '../formats/exchanged-title.ts'
import { type RecordEncoding, readIso2709 } from '../formats/iso2709.ts'
import { createRecordSplitter } from '../formats/iso2709-splitter.ts'
import { createXmlSplitter } from '../formats/marcxml-splitter.ts'
import { titleOfRecord } from '../formats/read-title.ts'
import type { ReadRecord } from '../formats/record.ts'

export type FileFormat = 'csv' | 'marc' | 'marcxml'

export type FileRefusal =
  | 'empty'
  | 'unknown_format'
  | 'unknown_encoding'
  | 'doctype'
  | 'truncated'
  | 'no_column'
  | 'row_too_long'

/** What is found in a file, in its order. */
export type FoundTitle =
  /** `place`: byte of the file (ISO 2709) or line (others) at which it begins. */
  | { readonly kind: 'row'; readonly place: number; readonly read: ReadTitle }
  | { readonly kind: 'announced'; readonly total: number }
  /** The file is read no further; `about`: which column, which encoding. */
  | { readonly kind: 'refused'; readonly code: FileRefusal; readonly place: number; readonly about: string }

export interface ReadFile extends ReadingRules {
  /** `auto`: what the bytes are, by record in ISO 2709 and by what the file or its beginning says in others. */
  readonly encoding: RecordEncoding
}

/** A row that goes on for longer has a quote that was never closed. */
const MOST_ROW_LETTERS = 1_000_000
/** Enough to tell what a file is. */
const HEAD_BYTES = 4_096

const refusedFile = (code: FileRefusal, about = '', place = 0): FoundTitle => ({
  kind: 'refused',
  code,
  place,
  about,
})

/** Reads the titles of a file of any of the three formats, told apart by how it begins, without keeping the file. */
export async function* readTitles(
  pieces: AsyncIterable<Uint8Array>,
  how: ReadFile,
): AsyncGenerator<FoundTitle, void, undefined> {
  const { head, rest } = await beginningOf(pieces)
  const format = formatOf(head)
  if (format === 'empty' || format === 'unknown_format' || format === 'unknown_encoding')
    return yield refusedFile(format)
  if (format === 'marc') return yield* ofIso2709(rest, how)
  const letters = lettersOf(head, format, how.encoding)
  if (typeof letters === 'string') return yield refusedFile('unknown_encoding', letters)
  if (format === 'marcxml') return yield* ofXml(rest, letters, how)
  return yield* ofCsv(rest, letters, how)
}

async function beginningOf(pieces: AsyncIterable<Uint8Array>) {
  const iterator = pieces[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  let isOver = false
  while (head.length < HEAD_BYTES && !isOver) {
    const next = await iterator.next()
    if (next.done === true) isOver = true
    else head = Buffer.concat([head, next.value])
  }
  async function* rest() {
    yield head as Uint8Array
    if (!isOver) yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { head, rest: rest() }
}

/** Of records, fields and subfields. */
const SEPARATORS = ['\x1d', '\x1e', '\x1f'] as const

/** What a file is by its first bytes. */
export function formatOf(head: Buffer): FileFormat | 'empty' | 'unknown_format' | 'unknown_encoding' {
  if (head.length === 0) return 'empty'
  const start = head.toString('latin1')
  if (/^(?:\xff\xfe|\xfe\xff)/.test(start)) return 'unknown_encoding'
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart()
  if (text === '') return 'empty'
  if (text.startsWith('<')) return /^<!doctype html|<html/i.test(text) ? 'unknown_format' : 'marcxml'
  if (SEPARATORS.some((sign) => text.includes(sign)) || /^[0-9]{5}[a-z][a-z]/.test(text)) return 'marc'
  return text.includes('\0') || /^(?:PK|%PDF|[{[])/.test(text) ? 'unknown_format' : 'csv'
}

const CP949_NAMES = /^(?:euc-?kr|cp949|uhc|ms949|windows-949|ks_?c_?5601(?:-1987)?)$/i

/** The decoder of a text; or the name of an encoding that is not known. */
function lettersOf(head: Buffer, format: 'csv' | 'marcxml', wanted: RecordEncoding): TextPieces | string {
  if (wanted !== 'auto') return wanted === 'cp949' ? cp949Pieces() : utf8Pieces()
  const stated = /^[^>]*?\bencoding\s*=\s*["']([\w.-]+)["']/.exec(head.toString('latin1'))?.[1]
  if (format === 'marcxml' && stated !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(stated))
    return CP949_NAMES.test(stated) ? cp949Pieces() : stated
  if (format === 'marcxml') return utf8Pieces()
  // A letter may be cut where this ends: up to the last sign of ASCII none is.
  const whole = head.subarray(0, head.findLastIndex((byte) => byte < 0x40) + 1)
  return !isUtf8(whole) && looksLikeCp949(whole) ? cp949Pieces() : utf8Pieces()
}

async function* ofIso2709(
  pieces: AsyncIterable<Uint8Array>,
  how: ReadFile,
): AsyncGenerator<FoundTitle, void, undefined> {
  const splitter = createRecordSplitter()
  const told = function* (found: ReturnType<typeof splitter.push>): Generator<FoundTitle, void, undefined> {
    for (const one of found) {
      const read = one.kind === 'record' ? readIso2709(one.bytes, how.encoding) : one
      yield { kind: 'row', place: one.offset, read: titleOf(read, how) }
      if (one.kind === 'damaged' && one.damage === 'truncated') yield refusedFile('truncated', '', one.offset)
    }
  }
  for await (const piece of pieces) yield* told(splitter.push(piece))
  yield* told(splitter.end())
}

async function* ofXml(
  pieces: AsyncIterable<Uint8Array>,
  letters: TextPieces,
  how: ReadFile,
): AsyncGenerator<FoundTitle, void, undefined> {
  // Loaded by those who bring such a file.
  const { readMarcXml } = await import('../formats/marcxml.ts')
  const splitter = createXmlSplitter()
  const told = function* (found: ReturnType<typeof splitter.push>): Generator<FoundTitle, void, undefined> {
    for (const one of found) {
      if (one.kind === 'announced') yield one
      else if (one.kind === 'refused') yield refusedFile(one.code, '', one.line)
      else {
        const read = one.kind === 'record' ? readMarcXml(one.text) : one
        yield { kind: 'row', place: one.line, read: titleOf(read, how) }
      }
    }
  }
  for await (const piece of pieces) yield* told(splitter.push(letters.read(piece)))
  yield* told(splitter.push(letters.end()))
  yield* told(splitter.end())
}

type Unread = ReadRecord | { kind: 'damaged'; damage: Extract<ReadRecord, { kind: 'damaged' }>['damage'] }

const titleOf = (read: Unread, how: ReadingRules): ReadTitle =>
  read.kind === 'record'
    ? titleOfRecord(read.record, how)
    : { kind: 'rejected', code: read.damage, about: '' }

async function* ofCsv(
  pieces: AsyncIterable<Uint8Array>,
  decoder: TextPieces,
  how: ReadingRules,
): AsyncGenerator<FoundTitle, void, undefined> {
  const reader = createCsvReader()
  /** Letters since the last row. */
  let letters = 0
  let places: Places | undefined
  const told = function* (rows: ReturnType<typeof reader.push>): Generator<FoundTitle, boolean, undefined> {
    for (const { line, cells } of rows) {
      if (places === undefined) {
        const head = placesIn(cells)
        if (head.kind === 'no_column') {
          yield refusedFile('no_column', head.column, line)
          return false
        }
        places = head.places
      } else yield { kind: 'row', place: line, read: titleOfRow(cells, places, how) }
    }
    return true
  }
  let line = 1
  for await (const piece of pieces) {
    const text = decoder.read(piece)
    const rows = reader.push(text)
    line = rows.at(-1)?.line ?? line
    letters = rows.length > 0 ? 0 : letters + text.length
    if (letters > MOST_ROW_LETTERS) return yield refusedFile('row_too_long', '', line)
    if (!(yield* told(rows))) return
  }
  yield* told([...reader.push(decoder.end()), ...reader.end()])
}
