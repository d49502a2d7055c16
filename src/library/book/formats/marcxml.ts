import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { damaged, type MarcField, type MarcRecord, type ReadRecord, type Subfield } from './record.ts'

/** MARCXML of the Library of Congress (MARC21/slim), also under other prefixes, as KORMARC systems write it. */

/** Of records without a leader. */
const NO_LEADER = '     nam a22        4500'

/**
 * Reads the text of one `record` element. Document types and entities beyond the five of XML do not exist here, so
 * nothing is fetched and nothing grows.
 */
export function readMarcXml(text: string): ReadRecord {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const fields: MarcField[] = []
  let leader = NO_LEADER
  let isWrong = false
  /** The data field that is being read. */
  let open: { tag: string; indicators: string; subfields: Subfield[] } | undefined
  let name = ''
  let code = ''
  let letters: string | undefined
  const wrong = () => {
    isWrong = true
  }
  parser.on('error', wrong)
  parser.on('doctype', wrong)
  parser.on('opentag', (tag: SaxesTagPlain) => {
    name = localOf(tag.name)
    const of = (attribute: string) => tag.attributes[attribute] ?? ''
    if (name === 'leader' || name === 'controlfield' || name === 'subfield') letters = ''
    if (name === 'controlfield') code = of('tag')
    if (name === 'subfield') code = of('code')
    if (name === 'datafield') {
      const indicators = `${of('ind1') || ' '}${of('ind2') || ' '}`
      if (!/^[0-9A-Za-z]{3}$/.test(of('tag')) || indicators.length !== 2) wrong()
      open = { tag: of('tag'), indicators, subfields: [] }
    }
  })
  const take = (piece: string) => {
    if (letters !== undefined) letters += piece
  }
  parser.on('text', take)
  parser.on('cdata', take)
  parser.on('closetag', (tag: SaxesTagPlain) => {
    const closed = localOf(tag.name)
    const value = letters ?? ''
    letters = undefined
    if (closed === 'leader') leader = value.padEnd(24).slice(0, 24)
    if (closed === 'controlfield') {
      if (/^00[0-9A-Za-z]$/.test(code)) fields.push({ tag: code, value })
      else wrong()
    }
    if (closed === 'subfield') {
      if (code.length === 1) open?.subfields.push([code, value])
      else wrong()
    }
    if (closed === 'datafield' && open) {
      fields.push(open)
      open = undefined
    }
  })
  parser.write(text).close()
  if (isWrong) return damaged('not_xml')
  if (text.includes('\ufffd')) return damaged('bad_encoding')
  return { kind: 'record', record: { leader, fields } }
}

const localOf = (name: string) => name.slice(name.indexOf(':') + 1)

export const MARCXML_HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
export const MARCXML_TAIL = '</collection>\n'

/** Writes a record as an element of a collection. */
export function writeMarcXml({ leader, fields }: MarcRecord): string {
  const inside = fields.map((field) =>
    'value' in field
      ? `<controlfield tag="${field.tag}">${escaped(field.value)}</controlfield>`
      : [
          `<datafield tag="${field.tag}" ind1="${field.indicators.charAt(0)}" ind2="${field.indicators.charAt(1)}">`,
          ...field.subfields.map(([code, value]) => `<subfield code="${code}">${escaped(value)}</subfield>`),
          '</datafield>',
        ].join(''),
  )
  return `<record><leader>${leader}</leader>${inside.join('')}</record>\n`
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => SIGNS[sign] ?? sign)
