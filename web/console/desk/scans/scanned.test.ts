import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latinOf, scanAtEnd, scannedIn } from './scanned.ts'

test('tells cards from copies, however they were typed', () => {
  expect(scannedIn('M00000012')).toEqual({ kind: 'card', card: 'M00000012' })
  expect(scannedIn(' pl00000001\n')).toEqual({ kind: 'copy', barcode: 'PL00000001' })
  expect(scannedIn('ＰＬ００００００１２')).toEqual({ kind: 'copy', barcode: 'PL00000012' })
  expect(scannedIn('  ')).toEqual({ kind: 'nothing' })
  expect(scannedIn('이름?')).toEqual({ kind: 'unreadable', text: '이름?' })
})

test('reads what a scanner typed through a Korean input method', () => {
  // With Shift, without, and the letter of a card.
  expect(scannedIn('ㅖㅣ00000001')).toEqual({ kind: 'copy', barcode: 'PL00000001' })
  expect(scannedIn('ㅔㅣ00000001')).toEqual({ kind: 'copy', barcode: 'PL00000001' })
  expect(scannedIn('ㅡ00000012')).toEqual({ kind: 'card', card: 'M00000012' })
  // g k s r m f: three keys a block.
  expect(latinOf('한글')).toBe('gksrmf')
  expect(latinOf('닭')).toBe('ekfr')
  expect(latinOf('뷁')).toBe('qnpfr')
})

test('every block gives back the keys it is typed by', () => {
  const leads = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
  const vowels = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
  const tails = ['', ...'r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')]
  const one = (count: number) => fc.integer({ min: 0, max: count - 1 })
  fc.assert(
    fc.property(one(leads.length), one(vowels.length), one(tails.length), (lead, vowel, tail) => {
      const block = String.fromCodePoint(0xac00 + (lead * 21 + vowel) * 28 + tail)
      expect(latinOf(block)).toBe(`${leads[lead]}${vowels[vowel]}${tails[tail]}`)
      expect(latinOf(block.normalize('NFD'))).toBe(latinOf(block))
    }),
  )
})

test('finds a scan that went into another field, and leaves what was written there', () => {
  expect(scanAtEnd('연구 목적PL00000001')).toEqual({ scan: 'PL00000001', rest: '연구 목적' })
  expect(scanAtEnd('2000M00000012')).toEqual({ scan: 'M00000012', rest: '2000' })
  expect(scanAtEnd('교사 연구M00000012')).toEqual({ scan: 'M00000012', rest: '교사 연구' })
  expect(scanAtEnd('noteㅖㅣ00000001')).toEqual({ scan: 'PL00000001', rest: 'note' })
  expect(scanAtEnd('연구 목적')).toBeUndefined()
  expect(scanAtEnd('2000')).toBeUndefined()
})
