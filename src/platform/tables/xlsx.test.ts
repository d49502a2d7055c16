import { describe, expect, it } from 'vitest'
import { readXlsx } from './read-xlsx.ts'
import { writeXlsx } from './write-xlsx.ts'
import { workbookOf, zipOf } from './zip.fixture.ts'

const rowsOf = async (bytes: Buffer, most = 100) => {
  const read = await readXlsx(bytes, most)
  if (read.kind !== 'table') throw new Error(read.kind)
  return read.rows
}

describe('a workbook of ours', () => {
  it('comes back as it went out: texts stay texts whatever they begin with, zeros in front stay', async () => {
    const rows = [
      ['상품명', '연락처', '수량', '메모'],
      ['=1+1', '01012345678', 12, '+82 10 \'a\' <b> & "c"'],
      ['-1', '04524', 0.5, '@SUM(A1)\n둘째 줄'],
      ['', '000123456789012', -3, ''],
      ['비타민 🌿', '1', 1_000_000_000, 'x'],
    ]
    const bytes = await writeXlsx(rows, '보낼 상품')
    const read = await rowsOf(bytes)
    expect(read.map(({ cells }) => cells)).toEqual(
      rows.map((row) => row.map(String)).map((row) => (row[3] === '' ? row.slice(0, 3) : row)),
    )
    expect(read.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5])
    // Nothing in it is calculated.
    expect(bytes.includes('<f>')).toBe(false)
  })
})

describe('a workbook of a spreadsheet program', () => {
  const styles = {
    name: 'xl/styles.xml',
    content:
      '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="0.0%"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="170"/></cellXfs></styleSheet>',
  }
  const shared = {
    name: 'xl/sharedStrings.xml',
    content:
      '<sst><si><t>상품ID</t></si><si><r><t>홍</t></r><r><t xml:space="preserve">삼 </t></r><rPh sb="0" eb="1"><t>hong</t></rPh></si></sst>',
  }

  it('is read as it looks: shared and inner texts, saved values of formulas, percents, gaps', async () => {
    const sheet = [
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>할인율</t></is></c></row>',
      '<row r="2"/><row r="3"><c r="B3"/></row>',
      '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4" s="1"><v>0.3</v></c><c r="C4" s="2"><v>0.125</v></c><c r="D4"><v>12.300000000000001</v></c></row>',
      '<row r="5"><c r="A5" t="str"><f>CONCAT("a","b")</f><v>ab</v></c><c r="B5"><f>WEBSERVICE("http://x")</f><v>1.23456789012E+11</v></c><c r="C5" t="b"><v>1</v></c><c r="D5" t="e"><v>#REF!</v></c><c r="E5"><v>1234567890123450</v></c></row>',
      '<row><c><v>7</v></c><c><v>8</v></c></row>',
    ].join('')
    expect(await rowsOf(workbookOf(sheet, [styles, shared]))).toEqual([
      { line: 1, cells: ['상품ID', '', '할인율'] },
      { line: 4, cells: ['홍삼', '30%', '12.5%', '12.3'] },
      // A number with more digits than a spreadsheet keeps is told from a tracking number that is whole.
      { line: 5, cells: ['ab', '123456789012', 'TRUE', '#REF!', '1.23456789012345e+15'] },
      { line: 6, cells: ['7', '8'] },
    ])
  })

  it('is read under a prefix of namespaces, and no further than it is asked for', async () => {
    const rows = Array.from(
      { length: 50 },
      (_, n) => `<row r="${n + 1}"><c r="A${n + 1}"><v>${n}</v></c></row>`,
    ).join('')
    expect(await rowsOf(workbookOf(rows), 20)).toHaveLength(20)
    const file = workbookOf('').toString('latin1')
    expect(file).toContain('sheet2.xml')
    const prefixed = zipOf([
      {
        name: 'xl/workbook.xml',
        content: '<x:workbook><x:sheets><x:sheet rel:id="a"/></x:sheets></x:workbook>',
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        content: '<Relationships><Relationship Id="a" Target="one.xml"/></Relationships>',
      },
      {
        name: 'xl/one.xml',
        content:
          '<x:worksheet><x:sheetData><x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>',
      },
    ])
    expect(await rowsOf(prefixed)).toEqual([{ line: 1, cells: ['5'] }])
  })
})

describe('what is no workbook, or was made to harm', () => {
  const kindOf = async (bytes: Buffer) => (await readXlsx(bytes, 100)).kind

  it('is unreadable: other files, half of one, archives of something else, XML that is none', async () => {
    const whole = await writeXlsx([['a']], 'a')
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('a,b\n1,2'),
      whole.subarray(0, whole.length / 2),
      zipOf([{ name: 'word/document.xml', content: '<a/>' }]),
      workbookOf('<row><c><v>1</c></row>'),
      workbookOf('', [{ name: 'xl/sharedStrings.xml', content: Buffer.from([0x3c, 0xff, 0xfe]) }]),
      workbookOf('', [
        {
          name: 'xl/sharedStrings.xml',
          content: '<!DOCTYPE a [<!ENTITY b "bbbb">]><sst><si><t>&b;</t></si></sst>',
        },
      ]),
      zipOf([{ name: '../../etc/passwd', content: 'x' }]),
    ])
      expect(await kindOf(bytes)).toBe('unreadable')
  })

  it('is not unpacked: a bomb that says what it is, one that lies, and a thousand files', async () => {
    const bomb = Buffer.alloc(64 * 1024 * 1024, ' ')
    const honest = workbookOf('', [{ name: 'xl/sharedStrings.xml', content: bomb }])
    expect(honest.length).toBeLessThan(200_000)
    expect(await kindOf(honest)).toBe('too_large')
    const lying = workbookOf('', [{ name: 'xl/sharedStrings.xml', content: bomb, says: 1_000 }])
    // Only reading is measured: packing the bomb takes memory, too, and this process has other tests behind it.
    const before = process.memoryUsage().rss
    expect(await kindOf(lying)).toBe('unreadable')
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024)
    const many = Array.from({ length: 1_000 }, (_, n) => ({ name: `${n}.xml`, content: '' }))
    expect(await kindOf(zipOf(many))).toBe('too_large')
  })

  it('stays small: cells far to the right, rows far below, numbers of texts that are not there', async () => {
    const sheet =
      '<row r="1048576"><c r="A1048576" t="s"><v>99999</v></c><c r="XFD1048576"><v>1</v></c><c r="B1048576"><v>2</v></c></row>'
    expect(await rowsOf(workbookOf(sheet))).toEqual([{ line: 1_048_576, cells: ['', '2'] }])
  })
})
