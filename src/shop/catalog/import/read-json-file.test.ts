import { describe, expect, it } from 'vitest'
import { demoFiles } from '../samples/seed.ts'
import { fileBytes, readOfficialRows } from './read-json-file.ts'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(content: string | Uint8Array, size = 7) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return Array.fromAsync(readOfficialRows(pieces(bytes, size)))
}

const rowsOf = (found: Awaited<ReturnType<typeof read>>) => found.filter((each) => each.kind === 'row')
const readRows = async (...args: Parameters<typeof read>) => rowsOf(await read(...args))

const row = { PRDLST_REPORT_NO: '200400150395', PRDLST_NM: '홍삼 😀', BSSH_NM: '(주)고려' }
const envelope = { C003: { total_count: '1', row: [row], RESULT: { CODE: 'INFO-000', MSG: '정상' } } }

describe('reading a downloaded file', () => {
  it('reads every shape, with a byte order mark, cut anywhere between bytes', async () => {
    for (const size of [1, 2, 3, 5, 1_000]) {
      const found = await readRows(`\ufeff${JSON.stringify(envelope)}\n${JSON.stringify([row])}`, size)
      expect(found).toEqual([
        { kind: 'row', value: row, line: 1, text: JSON.stringify(row) },
        { kind: 'row', value: row, line: 2, text: JSON.stringify(row) },
      ])
    }
  })

  it('reads the demo files', async () => {
    const counts = await Promise.all(
      demoFiles.map(async (file) => rowsOf(await Array.fromAsync(readOfficialRows(fileBytes(file)))).length),
    )
    expect(counts).toEqual([5, 3])
  })

  it('keeps a broken row apart from the rest', async () => {
    const found = await readRows('{"C003":{"row":[{"PRDLST_NM":tru},{"PRDLST_NM":"b"}]}}')
    expect(found).toEqual([
      { kind: 'row', value: undefined, line: 1, text: '{"PRDLST_NM":tru}' },
      { kind: 'row', value: { PRDLST_NM: 'b' }, line: 1, text: '{"PRDLST_NM":"b"}' },
    ])
  })

  it('tells how many rows the register announced', async () => {
    const found = await read(JSON.stringify({ C003: { ...envelope.C003, total_count: '46066' } }))
    expect(found.at(-1)).toEqual({ kind: 'announced', source: 'c003', total: 46_066 })
  })

  it('lets a letter that was cut cost its row, and keeps a mark of the file’s own', async () => {
    const before = Buffer.from('[{"PRDLST_NM":"하나 \ufffd"},{"PRDLST_NM":"두')
    const bytes = Buffer.concat([before.subarray(0, -1), Buffer.from('"},{"PRDLST_NM":"세째 가나다"}]')])
    for (const size of [1, 3, 1_000]) {
      expect((await readRows(bytes, size)).map(({ value }) => value)).toEqual([
        { PRDLST_NM: '하나 \ufffd' },
        undefined,
        { PRDLST_NM: '세째 가나다' },
      ])
    }
  })

  it('refuses what is no data, and says what it is', async () => {
    const refusal = async (content: string | Uint8Array) =>
      (await read(content))
        .filter((each) => each.kind !== 'announced')
        .map((each) => (each.kind === 'file_refused' ? each.code : 'row'))
    expect(await refusal('<!DOCTYPE html><html><body>blocked</body></html>')).toEqual(['html_page'])
    expect(await refusal('<RESULT><CODE>INFO-300</CODE><MSG>limit</MSG></RESULT>')).toEqual([
      'quota_exceeded',
    ])
    expect(await refusal('<C003><total_count>2</total_count><row id="0"></row></C003>')).toEqual(['xml_data'])
    expect(
      await refusal('<response><header><resultCode>00</resultCode></header><body><items/></body></response>'),
    ).toEqual(['xml_data'])
    expect(await refusal('{"C003":{"total_count":"44213","RESULT":{"CODE":"INFO-000","MSG":""}}}')).toEqual([
      'rows_missing',
    ])
    expect(await refusal('')).toEqual(['empty'])
    expect(await refusal('\ufeff \n')).toEqual(['empty'])
    expect(await refusal('품목제조번호,품목명\n')).toEqual(['not_json'])
    expect(await refusal('{"RESULT":{"CODE":"INFO-100","MSG":"인증키"}}')).toEqual(['key_refused'])
    expect(await refusal(new Uint8Array([0xc8, 0xab, 0xbb, 0xef]))).toEqual(['not_utf8'])
    expect(await refusal(JSON.stringify(envelope).slice(0, -3))).toEqual(['row', 'truncated'])
    expect(await refusal(new TextEncoder().encode('{"C003":{"row":["홍').slice(0, -1))).toEqual(['truncated'])
    expect(await refusal('[]')).toEqual([])
  })

  it('goes on after an envelope by which the service refused one page', async () => {
    const pages = [envelope, { RESULT: { CODE: 'ERROR-500', MSG: '서버 오류' } }, envelope]
    const found = (await read(JSON.stringify(pages))).filter((each) => each.kind !== 'announced')
    expect(found.map((each) => each.kind)).toEqual(['row', 'file_refused', 'row'])
    expect(found[1]).toMatchObject({
      code: 'source_error',
      message: { en: expect.stringContaining('ERROR-500 서버 오류') },
    })
  })

  it('says when a file cannot be opened', async () => {
    const found = await Array.fromAsync(readOfficialRows(fileBytes('/no/such/file.json')))
    expect(found).toMatchObject([{ kind: 'file_refused', code: 'unreadable' }])
  })
})
