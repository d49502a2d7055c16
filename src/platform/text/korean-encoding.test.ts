import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { cp949Pieces, decodeCp949, looksLikeCp949, utf8Pieces } from './korean-encoding.ts'

const RARE = '똠방각하의 펲시와 햏자, 가나다라'

test('CP949 is read with the syllables that EUC-KR lacks, in pieces too', () => {
  const bytes = iconv.encode(RARE, 'cp949')
  expect(decodeCp949(bytes)).toBe(RARE)
  expect(decodeCp949(Buffer.from([0xb0, 0xa1, 0xff]))).toBeUndefined()
  for (const [pieces, all] of [
    [cp949Pieces(), bytes],
    [utf8Pieces(), Buffer.from(RARE)],
  ] as const) {
    const text = [...all].map((byte) => pieces.read(Buffer.from([byte]))).join('') + pieces.end()
    expect(text).toBe(RARE)
  }
})

test('Korean bytes are told from Latin letters with accents', () => {
  expect(looksLikeCp949(iconv.encode(RARE, 'cp949'))).toBe(true)
  expect(looksLikeCp949(Buffer.from(RARE))).toBe(false)
  expect(looksLikeCp949(Buffer.from('plain'))).toBe(false)
  for (const bytes of [
    [0x43, 0xe2, 0x65],
    [0xb0, 0x41],
    [0xb0, 0xff],
    [0xc7, 0x41],
    [0xff, 0xa1],
    [0x80, 0xa1],
    [0xb0],
  ])
    expect(looksLikeCp949(Buffer.from(bytes)), String(bytes)).toBe(false)
})
