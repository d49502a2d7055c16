import { createReadStream } from 'node:fs'
import type { Text } from '../../../platform/refusal.ts'
import { envelopeAround, type OfficialRefusal, type OfficialSource } from './public-envelope.ts'
import { createSplitter, type Found } from './split-json.ts'
import { createUtf8Reader, DAMAGED_LETTER } from './utf8-reader.ts'

/** One row of a file, parsed as JSON, for `parseOfficialRow`. */
export interface FileRow {
  readonly kind: 'row'
  /** `undefined` when the row is damaged: no JSON, or with letters that are no UTF-8. */
  readonly value: unknown
  /** The row as it stands in the file. */
  readonly text: string
  /** Line of the file where it begins, from 1. */
  readonly line: number
}

/** What an answer in the file says of itself. */
export interface FileAnnounced {
  readonly kind: 'announced'
  readonly source: OfficialSource
  /** Rows that the register had for the query, over all its pages. */
  readonly total: number
}

/** Why a file, or the rest of it, cannot be read. Rows before it are good. */
export interface FileRefused {
  readonly kind: 'file_refused'
  readonly code: string
  readonly line: number
  readonly message: Text
  /** When asking again for the same may help. */
  readonly retry: OfficialRefusal['retry']
}

const messages = {
  unreadable: { ko: '파일을 열 수 없습니다.', en: 'The file cannot be opened.' },
  not_utf8: {
    ko: 'UTF-8 파일이 아닙니다. UTF-8로 저장한 뒤 다시 시도하세요.',
    en: 'The file is not UTF-8. Save it as UTF-8 and try again.',
  },
  truncated: {
    ko: '파일이 중간에서 끊겼습니다. 다시 내려받으세요.',
    en: 'The file ends in the middle. Download it again.',
  },
  too_large: {
    ko: '한 행이 너무 큽니다. 올바른 파일이 아닙니다.',
    en: 'A row is far too large. This is not a proper file.',
  },
  empty: { ko: '빈 파일입니다.', en: 'The file is empty.' },
} as const

const fileRefused = (code: keyof typeof messages, line: number): FileRefused => ({
  kind: 'file_refused',
  code,
  line,
  message: messages[code],
  retry: 'soon',
})

/** The bytes of a file, piece by piece. */
export function fileBytes(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 256 * 1024 })
}

/**
 * Rows of a downloaded file of either official shape, one at a time whatever the size of the file; byte order marks
 * are skipped. A damaged row is given without a value, and reading goes on at the next. Ends with a refusal when the
 * file cannot be read to its end, is no data (HTML, XML), or is an answer by which the service refused; envelopes after
 * a refused one are still read.
 */
export async function* readOfficialRows(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<FileRow | FileAnnounced | FileRefused, void, undefined> {
  const splitter = createSplitter()
  const decoder = createUtf8Reader()
  let something = false
  let line = 1
  try {
    for await (const piece of bytes) {
      const text = decoder.read(piece)
      if (text === undefined) return yield fileRefused('not_utf8', line)
      something ||= text.trim() !== ''
      for (const found of splitter.push(text)) {
        line = found.line
        const read = readFound(found)
        if (read !== undefined) yield read
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error
    return yield fileRefused('unreadable', line)
  }
  const rest = decoder.end()
  if (rest === undefined) return yield fileRefused('not_utf8', line)
  something ||= rest.trim() !== ''
  if (!something) return yield fileRefused('empty', 1)
  for (const found of [...splitter.push(rest), ...splitter.end()]) {
    const read = readFound(found)
    if (read !== undefined) yield read
  }
}

function readFound(found: Found): FileRow | FileAnnounced | FileRefused | undefined {
  if (found.kind === 'broken') return fileRefused(found.code, found.line)
  if (found.kind === 'row') {
    return { kind: 'row', value: parsed(found.text), text: found.text, line: found.line }
  }
  const envelope = envelopeAround(found.text, found.rows)
  if (envelope.kind === 'rows') {
    return envelope.total > 0
      ? { kind: 'announced', source: envelope.source, total: envelope.total }
      : undefined
  }
  const { code, message, officialCode, officialMessage, retry } = envelope
  const said = [officialCode, officialMessage].filter((part) => part !== '').join(' ')
  const quoted = said === '' ? '' : ` (${said})`
  return {
    kind: 'file_refused',
    code,
    line: found.line,
    message: { ko: message.ko + quoted, en: message.en + quoted },
    retry,
  }
}

function parsed(text: string): unknown {
  if (text.includes(DAMAGED_LETTER)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
