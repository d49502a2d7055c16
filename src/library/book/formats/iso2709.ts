import { isUtf8 } from 'node:buffer'
import { decodeCp949, looksLikeCp949 } from '../../../platform/text/korean-encoding.ts'
import { type Damage, damaged, type MarcField, type MarcRecord, type ReadRecord } from './record.ts'

/**
 * ISO 2709: a leader of 24 bytes, a directory of entries of 12 (tag, length, start), then the fields. Read by bytes, as
 * all its numbers count bytes. The packages for it decode first and count letters, check no number, and keep whatever
 * a hostile file makes them keep; so this is our own.
 */

/** `auto`: by record, what the bytes are; systems often state the wrong one. */
export type RecordEncoding = 'auto' | 'utf-8' | 'cp949'

export const END_OF_RECORD = 0x1d
const END_OF_FIELD = 0x1e
const ESCAPE = 0x1b
const SUBFIELD = '\x1f'
const LEADER = 24
const ENTRY = 12
/** The leader counts them in five digits. */
export const MOST_RECORD_BYTES = 99_999
const MOST_FIELD_BYTES = 9_999

/** Reads one record, its terminator included. Nothing in it is trusted: whatever does not fit costs the record. */
export function readIso2709(bytes: Buffer, encoding: RecordEncoding): ReadRecord {
  const leader = bytes.toString('latin1', 0, LEADER)
  const base = Number(leader.slice(12, 17))
  if (!/^[0-9]{5}[\x20-\x7e]{5}22[0-9]{5}[\x20-\x7e]{3}(45| {2})[\x20-\x7e]{2}$/.test(leader))
    return damaged('bad_leader')
  if (Number(leader.slice(0, 5)) !== bytes.length) return damaged('wrong_length')
  const directory = bytes.subarray(LEADER, base - 1)
  if (base <= LEADER || bytes[base - 1] !== END_OF_FIELD || directory.length % ENTRY !== 0)
    return damaged('bad_directory')
  const data = bytes.subarray(base)
  const decode = decoderFor(data, leader.charAt(9), encoding)
  if (typeof decode === 'string') return damaged(decode)
  const fields: MarcField[] = []
  let used = 0
  for (let at = 0; at < directory.length; at += ENTRY) {
    const entry = /^([0-9A-Za-z]{3})([0-9]{4})([0-9]{5})$/.exec(directory.toString('latin1', at, at + ENTRY))
    if (!entry) return damaged('bad_directory')
    const [, tag = '', length = '', start = ''] = entry
    const end = Number(start) + Number(length) - 1
    used += Number(length)
    // Entries that name the same bytes again and again would make much out of little.
    if (used > data.length || data[end] !== END_OF_FIELD) return damaged('bad_directory')
    const field = fieldOf(tag, decode(data.subarray(Number(start), end)))
    if (field === undefined) return damaged('bad_field')
    fields.push(field)
  }
  return { kind: 'record', record: { leader, fields } }
}

function fieldOf(tag: string, text: string): MarcField | undefined {
  if (text.includes('\x1e')) return undefined
  if (tag.startsWith('00')) return { tag, value: text }
  const [indicators = '', ...parts] = text.split(SUBFIELD)
  if (indicators.length !== 2 || parts.length === 0) return undefined
  return { tag, indicators, subfields: parts.map((part) => [part.charAt(0), part.slice(1)] as const) }
}

/** How the letters of a record are read, or why they are not. */
function decoderFor(
  data: Buffer,
  stated: string,
  wanted: RecordEncoding,
): ((bytes: Buffer) => string) | Extract<Damage, 'marc8' | 'bad_encoding'> {
  const utf8 = (bytes: Buffer) => bytes.toString('utf8')
  const cp949 = (bytes: Buffer) => decodeCp949(bytes) ?? '\ufffd'
  // By escape sequences MARC-8 changes its sets of characters.
  if (stated !== 'a' && data.includes(ESCAPE)) return 'marc8'
  if (wanted !== 'cp949' && isUtf8(data)) return utf8
  if (wanted === 'utf-8') return 'bad_encoding'
  if (wanted === 'cp949') return decodeCp949(data) === undefined ? 'bad_encoding' : cp949
  if (looksLikeCp949(data) && decodeCp949(data) !== undefined) return cp949
  return stated === 'a' ? 'bad_encoding' : 'marc8'
}

/**
 * Writes a record in UTF-8.
 * @throws when a field or the record is longer than the format can say
 */
export function writeIso2709({ leader, fields }: MarcRecord): Buffer {
  let start = 0
  const entries: string[] = []
  const texts: Buffer[] = []
  for (const field of fields) {
    const text = Buffer.from(`${textOf(field)}\x1e`)
    if (text.length > MOST_FIELD_BYTES) throw new Error(`field ${field.tag} has ${text.length} bytes`)
    entries.push(`${field.tag}${digits(text.length, 4)}${digits(start, 5)}`)
    texts.push(text)
    start += text.length
  }
  const base = LEADER + entries.length * ENTRY + 1
  const length = base + start + 1
  if (length > MOST_RECORD_BYTES) throw new Error(`a record has ${length} bytes`)
  const counted = `${digits(length, 5)}${leader.slice(5, 12)}${digits(base, 5)}${leader.slice(17)}`
  return Buffer.concat([
    Buffer.from(`${counted}${entries.join('')}\x1e`),
    ...texts,
    Buffer.from([END_OF_RECORD]),
  ])
}

function textOf(field: MarcField): string {
  if ('value' in field) return field.value
  return `${field.indicators}${field.subfields.map(([code, value]) => `${SUBFIELD}${code}${value}`).join('')}`
}

const digits = (value: number, count: number) => String(value).padStart(count, '0')
