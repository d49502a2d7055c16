import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readIso2709 } from './iso2709.ts'
import { iso2709, marcXml, TOJI } from './kormarc.fixture.ts'
import { MARCXML_HEAD, MARCXML_TAIL, readMarcXml, writeMarcXml } from './marcxml.ts'
import { createXmlSplitter } from './marcxml-splitter.ts'
import { fieldsOf, firstOf } from './record.ts'

const titleIn = (text: string) => {
  const read = readMarcXml(text)
  return read.kind === 'record' ? firstOf(fieldsOf(read.record, '245')[0], 'a') : read.damage
}
function found(file: string, size = file.length) {
  const splitter = createXmlSplitter()
  const all = []
  for (let at = 0; at < file.length; at += size) all.push(...splitter.push(file.slice(at, at + size)))
  all.push(...splitter.end())
  return all.map((one) => {
    if (one.kind === 'record') return titleIn(one.text)
    if (one.kind === 'damaged') return one.damage
    return one.kind === 'announced' ? one.total : `refused ${one.code}`
  })
}
const collection = (...records: readonly string[]) => `${MARCXML_HEAD}${records.join('')}${MARCXML_TAIL}`
const good = marcXml(TOJI)

describe('MARCXML', () => {
  it('says the same as ISO 2709, under any prefix', () => {
    const record = readIso2709(iso2709(TOJI), 'auto')
    for (const prefix of ['', 'marc:']) {
      const read = readMarcXml(marcXml(TOJI, prefix))
      expect(read.kind === 'record' && read.record.fields).toEqual(
        record.kind === 'record' && record.record.fields,
      )
    }
  })

  it('is written so that it is read as it was', () => {
    const fields = [
      { tag: '001', value: 'a&b' },
      { tag: '245', indicators: '0 ', subfields: [['a', '<토지> & "땅" \u{1f44d} ]]>'] as const] },
    ]
    const read = readMarcXml(writeMarcXml({ leader: '00000nam a2200000   4500', fields }))
    expect(read.kind === 'record' && read.record.fields).toEqual(fields)
  })

  it.each([
    ['a tag that is not closed', good.replace('</datafield>', ''), 'not_xml'],
    ['an entity of its own', good.replace('토지', '&evil;'), 'not_xml'],
    ['a document type inside', good.replace('<leader>', '<!DOCTYPE x><leader>'), 'not_xml'],
    ['a tag that is none', good.replace('tag="245"', 'tag="2 45"'), 'not_xml'],
    ['a code that is none', good.replace('code="a"', 'code=""'), 'not_xml'],
    ['letters that could not be read', good.replace('토지', '\ufffd'), 'bad_encoding'],
    ['no end', good.replace('</record>', ''), 'unclosed'],
  ])('a record with %s costs itself only', (_, wrong, damage) => {
    expect(found(collection(good, wrong, good))).toEqual(['토지 :', damage, '토지 :'])
  })

  it('is found in pieces of any length, in envelopes that call theirs records too, and not in comments', () => {
    const oai = `<OAI-PMH><ListRecords><record><header><identifier>1</identifier></header><metadata>${marcXml(TOJI, 'm:')}</metadata></record><resumptionToken completeListSize="182" cursor="0">x</resumptionToken></ListRecords></OAI-PMH>`
    const sru = `<zs:searchRetrieveResponse><zs:numberOfRecords>7</zs:numberOfRecords><zs:records><zs:record><zs:recordData>${good}</zs:recordData></zs:record></zs:records></zs:searchRetrieveResponse>`
    const file = `<?xml version="1.0"?><!-- ${good} -->${collection(good)}`
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
        expect(found(oai, size)).toEqual(['토지 :', 182])
        expect(found(sru, size)).toEqual([7, '토지 :'])
        expect(found(file, size)).toEqual(['토지 :'])
      }),
      { numRuns: 20 },
    )
  })

  it('with a document type is refused, as is what was cut', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    expect(found(`<?xml version="1.0"?>${bomb}${collection(good)}`)).toEqual(['refused doctype'])
    const file = collection(good, good)
    expect(found(file.slice(0, -40))).toEqual(['토지 :', 'truncated', 'refused truncated'])
    expect(found(file.slice(0, -5))).toEqual(['토지 :', '토지 :', 'refused truncated'])
  })

  it('keeps no more than a record of what never ends', () => {
    const endless = `<collection><record><leader>x</leader>${'<controlfield tag="009">x</controlfield>'.repeat(40_000)}`
    expect(found(`${endless}${good}</collection>`, 65_536)).toEqual(['too_long', '토지 :'])
  })
})
