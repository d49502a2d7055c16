/** For tests only: archives made by hand, also such as no program makes. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZippedFile {
  readonly name: string
  readonly content: string | Buffer
  /** What the list of files says it unpacks to; by default the truth. */
  readonly says?: number
}

export function zipOf(files: readonly ZippedFile[]): Buffer {
  const places: { head: Buffer; name: Buffer }[] = []
  const pieces: Buffer[] = []
  let at = 0
  for (const { name, content, says } of files) {
    const plain = Buffer.from(content)
    const packed = deflateRawSync(plain)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(0x0800, 2)
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(crc32(plain), 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(says ?? plain.length, 18)
    const named = Buffer.from(name)
    shared.writeUInt16LE(named.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, named, packed])
    const head = Buffer.alloc(46)
    head.write('PK\x01\x02', 'latin1')
    head.writeUInt16LE(20, 4)
    shared.copy(head, 6)
    head.writeUInt32LE(at, 42)
    places.push({ head, name: named })
    pieces.push(local)
    at += local.length
  }
  const list = Buffer.concat(places.flatMap(({ head, name }) => [head, name]))
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...pieces, list, end])
}

const REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** A workbook with one sheet, as a spreadsheet program saves it. */
export function workbookOf(sheet: string, more: readonly ZippedFile[] = []): Buffer {
  return zipOf([
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns:r="${REL}"><sheets><sheet name="표" sheetId="7" r:id="rId9"/><sheet name="다른 표" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId9" Target="/xl/worksheets/sheet2.xml"/></Relationships>`,
    },
    { name: 'xl/worksheets/sheet1.xml', content: '<worksheet><sheetData/></worksheet>' },
    { name: 'xl/worksheets/sheet2.xml', content: `<worksheet><sheetData>${sheet}</sheetData></worksheet>` },
    ...more,
  ])
}
