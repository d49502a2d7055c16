import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinSubjects } from '../rules/subjects.ts'
import { MOST_RECORD_BYTES, readIso2709, writeIso2709 } from './iso2709.ts'
import { createRecordSplitter } from './iso2709-splitter.ts'
import { iso2709, TOJI } from './kormarc.fixture.ts'
import { readMarcXml, writeMarcXml } from './marcxml.ts'
import { titleOfRecord } from './read-title.ts'
import { fieldsOf, firstOf, type MarcRecord } from './record.ts'
import { recordsOfTitle } from './write-title.ts'

const titleIn = (bytes: Buffer, encoding: 'auto' | 'utf-8' | 'cp949' = 'auto') => {
  const read = readIso2709(bytes, encoding)
  return read.kind === 'record' ? firstOf(fieldsOf(read.record, '245')[0], 'a') : read.damage
}
/** The file with some bytes at a place replaced. */
const damagedAt = (place: number, text: string, bytes = iso2709(TOJI)) => {
  const copy = Buffer.from(bytes)
  copy.write(text, place, 'latin1')
  return copy
}

describe('a record of ISO 2709', () => {
  it('is read in UTF-8 and in CP949, whatever its leader says of that', () => {
    expect(titleIn(iso2709(TOJI))).toBe('토지 :')
    expect(titleIn(iso2709(TOJI, { leader: 'nam  ' }))).toBe('토지 :')
    // 똠 and 햏 are not in EUC-KR proper.
    const rare = ['056 ## $a800', '245 00 $a똠방각하와 햏자 이야기']
    expect(titleIn(iso2709(rare, { encoding: 'cp949' }))).toBe('똠방각하와 햏자 이야기')
    expect(titleIn(iso2709(rare, { encoding: 'cp949', leader: 'nam a' }))).toBe('똠방각하와 햏자 이야기')
    expect(titleIn(iso2709(rare, { encoding: 'cp949' }), 'cp949')).toBe('똠방각하와 햏자 이야기')
    expect(titleIn(iso2709(rare, { encoding: 'cp949' }), 'utf-8')).toBe('bad_encoding')
    expect(titleIn(iso2709(rare), 'cp949')).toBe('bad_encoding')
  })

  it('is refused by name in MARC-8', () => {
    expect(titleIn(iso2709(['245 10 $a\x1b(3abc'], { leader: 'nam  ' }))).toBe('marc8')
    // Caf\u00e9: in MARC-8 the accent stands before its letter.
    expect(titleIn(iso2709(['245 10 $aCaf\u00e2e society'], { encoding: 'latin1' }))).toBe('marc8')
    expect(titleIn(iso2709(['245 10 $aCaf\u00e2e society'], { encoding: 'latin1', leader: 'nam a' }))).toBe(
      'bad_encoding',
    )
  })

  it.each([
    ['a shorter length', 0, '00010', 'wrong_length'],
    ['a longer length', 0, '99999', 'wrong_length'],
    ['no length', 0, 'abcde', 'bad_leader'],
    ['a base address outside', 12, '99999', 'bad_directory'],
    ['a base address before the directory', 12, '00000', 'bad_directory'],
    ['a tag that is none', 24, '0%1', 'bad_directory'],
    ['a field that is longer than it is', 27, '9999', 'bad_directory'],
    ['a field that begins elsewhere', 31, '00007', 'bad_directory'],
    ['a length of a field that is no number', 27, '-001', 'bad_directory'],
  ])('with %s costs itself only', (_, place, text, damage) => {
    expect(titleIn(damagedAt(place, text))).toBe(damage)
    const file = Buffer.concat([iso2709(TOJI), damagedAt(place, text), iso2709(TOJI)])
    const found = createRecordSplitter().push(file)
    expect(found.map((one) => (one.kind === 'record' ? titleIn(one.bytes) : one.damage))).toEqual([
      '토지 :',
      damage,
      '토지 :',
    ])
  })

  it('whose entries name the same bytes again and again is refused', () => {
    const entry = `245${'0050'}${'00000'}`
    const directory = entry.repeat(2_000)
    const base = 24 + directory.length + 1
    const data = `  \x1fa${'x'.repeat(45)}\x1e\x1d`
    const length = String(base + data.length).padStart(5, '0')
    const bytes = Buffer.from(
      `${length}nam a22${String(base).padStart(5, '0')}   4500${directory}\x1e${data}`,
    )
    expect(titleIn(bytes)).toBe('bad_directory')
  })

  it('never throws, whatever the bytes are', () => {
    const record = iso2709(TOJI)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(record.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const copy = Buffer.from(record)
        for (const [place, byte] of changes) copy[place] = byte
        for (const found of createRecordSplitter().push(copy)) {
          const read = found.kind === 'record' ? readIso2709(found.bytes, 'auto') : found
          if (read.kind === 'record') titleOfRecord(read.record, { unclassed: undefined })
        }
      }),
    )
  })
})

describe('a file of them', () => {
  it('is read in pieces of any length, past what stands between records', () => {
    const file = Buffer.concat([
      Buffer.from('\ufeff'),
      iso2709(TOJI),
      Buffer.from('\r\n\x1a\0 '),
      iso2709(TOJI),
    ])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) => {
        const splitter = createRecordSplitter()
        const found = []
        for (let at = 0; at < file.length; at += size)
          found.push(...splitter.push(file.subarray(at, at + size)))
        found.push(...splitter.end())
        expect(
          found.map((one) => (one.kind === 'record' ? [one.offset, titleIn(one.bytes)] : one.damage)),
        ).toEqual([
          [3, '토지 :'],
          [3 + iso2709(TOJI).length + 5, '토지 :'],
        ])
      }),
      { numRuns: 40 },
    )
  })

  it('says what is cut at its end, and keeps no more than a record of what never ends', () => {
    const splitter = createRecordSplitter()
    expect(splitter.push(iso2709(TOJI).subarray(0, 300))).toEqual([])
    expect(splitter.end()).toEqual([{ kind: 'damaged', damage: 'truncated', offset: 0 }])
    const endless = createRecordSplitter()
    const piece = Buffer.alloc(60_000, 'x')
    const found = [1, 2, 3, 4].flatMap(() => endless.push(piece))
    expect(found).toEqual([{ kind: 'damaged', damage: 'too_long', offset: 0 }])
    expect(endless.push(Buffer.concat([Buffer.from([0x1d]), iso2709(TOJI)]))).toMatchObject([
      { kind: 'record', offset: 240_001 },
    ])
    expect(endless.end()).toEqual([])
  })
})

describe('a title that is written', () => {
  const text = fc.string({
    unit: fc.constantFrom('가', '힣', 'A', 'é', '漢', '-', '(', '1', '👍', '!'),
    minLength: 1,
    maxLength: 40,
  })
  const stored = fc
    .record({
      id: fc.uuid(),
      title: text,
      author: fc.array(text, { maxLength: 3 }).map((names) => [...new Set(names)].join(' ; ')),
      publisher: text.filter((name) => !name.startsWith('[')),
      year: fc.option(fc.integer({ min: 1000, max: 2999 })),
      isbn: fc.constantFrom(null, '9788937460777'),
      callNumber: fc.array(text, { maxLength: 3 }).map((parts) => parts.join(' ')),
      kdc: fc.constantFrom('813.6', '000', '911.0592'),
      cover: fc.constantFrom(null, 'https://covers.example.kr/1.jpg'),
      series: fc.oneof(text, fc.constant('')),
      seriesVolume: fc.oneof(text, fc.constant('')),
      edition: fc.oneof(text, fc.constant('')),
      extent: fc.oneof(text, fc.constant('')),
      subjects: fc.array(text, { maxLength: 3 }).map((each) => joinSubjects([...new Set(each)])),
      barcodes: fc.uniqueArray(fc.stringMatching(/^[A-Z0-9-]{4,32}$/), { maxLength: 5 }),
      copies: fc.constant(null),
      changedOn: fc.constant(Temporal.PlainDate.from('2026-11-30')),
    })
    .map((title) => ({ ...title, seriesVolume: title.series && title.seriesVolume }))

  it('is read as the same title', () => {
    fc.assert(
      fc.property(stored, ({ id, changedOn, ...title }) => {
        const [record] = recordsOfTitle({ id, changedOn, ...title })
        const read = readIso2709(writeIso2709(record as MarcRecord), 'auto')
        expect(read.kind === 'record' && titleOfRecord(read.record, { unclassed: undefined })).toEqual({
          kind: 'title',
          doubts: [],
          title,
        })
      }),
    )
  })

  it('holds nothing that a reader would take for the end of a field, or that XML cannot say', () => {
    const dirty = 'a\x1d\x1e\x1fb\uffff'
    const [record] = recordsOfTitle({
      id: 'x',
      changedOn: Temporal.PlainDate.from('2026-11-30'),
      title: dirty,
      author: dirty,
      publisher: dirty,
      year: null,
      isbn: null,
      callNumber: dirty,
      kdc: '000',
      cover: `https://e.kr/${dirty}.png`,
      series: dirty,
      seriesVolume: dirty,
      edition: dirty,
      extent: dirty,
      subjects: dirty,
      barcodes: [],
      copies: null,
    })
    const read = record && readIso2709(writeIso2709(record), 'auto')
    const found = read?.kind === 'record' ? titleOfRecord(read.record, { unclassed: undefined }) : read
    expect(found).toMatchObject({
      title: {
        title: 'a b',
        author: 'a b',
        publisher: 'a b',
        callNumber: 'a b',
        series: 'a b',
        seriesVolume: 'a b',
        edition: 'a b',
        subjects: 'a b',
      },
    })
    expect(record && readMarcXml(writeMarcXml(record)).kind).toBe('record')
  })

  it('is divided when its copies are too many for a record', () => {
    const barcodes = Array.from({ length: 1_500 }, (_, n) => `B${String(n).padStart(31, '0')}`)
    const [first, second] = recordsOfTitle({
      id: 'x',
      changedOn: Temporal.PlainDate.from('2026-11-30'),
      title: '책',
      author: '',
      publisher: '',
      year: null,
      isbn: null,
      callNumber: '',
      kdc: '000',
      cover: null,
      series: '',
      seriesVolume: '',
      edition: '',
      extent: '',
      subjects: '',
      barcodes,
      copies: null,
    })
    const copiesIn = (record?: MarcRecord) => (record ? fieldsOf(record, '049').length : 0)
    expect([copiesIn(first), copiesIn(second)]).toEqual([1_000, 500])
    expect(first && writeIso2709(first).length).toBeLessThanOrEqual(MOST_RECORD_BYTES)
    expect(() =>
      writeIso2709({
        leader: '',
        fields: [{ tag: '245', indicators: '00', subfields: [['a', 'x'.repeat(9_999)]] }],
      }),
    ).toThrow('245')
  })
})
