import { type DataField, fieldsOf, firstOf, type MarcRecord } from './record.ts'

const OWN_SCRIPT = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u

const isInOwnScript = ({ subfields }: DataField) =>
  subfields.some(([code, value]) => code !== '6' && OWN_SCRIPT.test(value))

/**
 * The record with each field in the script of the book: where a field is romanised and its pair (880, linked by `$6`)
 * is in Hangul or Han, the pair stands in its place; a pair that is itself the romanised one is left out. A 880 without
 * a pair (`245-00`) is the field it names.
 */
export function inOwnScript(record: MarcRecord): MarcRecord {
  const pairs = new Map<string, DataField>()
  const alone: DataField[] = []
  for (const field of fieldsOf(record, '880')) {
    const link = /^([0-9]{3})-([0-9]{2})/.exec(firstOf(field, '6').trim())
    if (!link) continue
    const [, tag = '', number = ''] = link
    const named = { ...field, tag }
    if (number === '00') alone.push(named)
    else pairs.set(`${tag}-${number}`, named)
  }
  if (pairs.size + alone.length === 0) return record
  const fields = record.fields.map((field) => {
    if (!('subfields' in field) || isInOwnScript(field)) return field
    const number = /^880-([0-9]{2})/.exec(firstOf(field, '6').trim())?.[1]
    const pair = number === undefined ? undefined : pairs.get(`${field.tag}-${number}`)
    return pair && isInOwnScript(pair) ? pair : field
  })
  return { ...record, fields: [...fields, ...alone] }
}
