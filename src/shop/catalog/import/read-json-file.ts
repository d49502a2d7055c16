import { createReadStream } from 'node:fs'
import type { Text } from '../../../platform/refusal.ts'
import { envelopeOf } from './public-envelope.ts'
import { createSplitter, type Found } from './split-json.ts'

/** One row of a file, parsed as JSON, for `parseOfficialRow`. */
export interface FileRow {
  readonly kind: 'row'
  /** `undefined` when the row is no JSON. */
  readonly value: unknown
  /** Line of the file where it begins, from 1. */
  readonly line: number
}

/** Why a file, or the rest of it, cannot be read. Rows before it are good. */
export interface FileRefused {
  readonly kind: 'file_refused'
  readonly code: string
  readonly line: number
  readonly message: Text
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
})

/** The bytes of a file, piece by piece. */
export function fileBytes(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 256 * 1024 })
}

/**
 * Rows of a downloaded file of either official shape, one at a time whatever the size of the file; a byte order mark
 * is skipped. Ends with a refusal when the file cannot be read to its end, is no data (HTML, XML), or is an answer by
 * which the service refused; envelopes after a refused one are still read.
 */
export async function* readOfficialRows(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<FileRow | FileRefused, void, undefined> {
  const splitter = createSplitter()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let something = false
  let line = 1
  try {
    for await (const piece of bytes) {
      const text = decoded(decoder, piece)
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
  if (decoded(decoder) === undefined) return yield fileRefused('truncated', line)
  if (!something) return yield fileRefused('empty', 1)
  for (const found of splitter.end()) {
    const read = readFound(found)
    if (read !== undefined) yield read
  }
}

/** Text of the next bytes, or of what is left without any; undefined when they are not UTF-8. */
function decoded(decoder: TextDecoder, piece?: Uint8Array): string | undefined {
  try {
    return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })
  } catch {
    return undefined
  }
}

function readFound(found: Found): FileRow | FileRefused | undefined {
  if (found.kind === 'broken') return fileRefused(found.code, found.line)
  if (found.kind === 'row') return { kind: 'row', value: parsed(found.text), line: found.line }
  const envelope = envelopeOf(found.text)
  if (envelope.kind === 'rows') return undefined
  const { code, message, officialCode, officialMessage } = envelope
  const said = [officialCode, officialMessage].filter((part) => part !== '').join(' ')
  const quoted = said === '' ? '' : ` (${said})`
  return {
    kind: 'file_refused',
    code,
    line: found.line,
    message: { ko: message.ko + quoted, en: message.en + quoted },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
