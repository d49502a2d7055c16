import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KOREAN_PHONE, MOBILE_PHONE, typedLine, typedPhone, withoutInvisible } from './typed-text.ts'

describe('a typed line', () => {
  it.each(['🙇‍♀️', '🤷‍♂️', '❤️‍🔥', '👨‍👩‍👧', '🏳️‍🌈', '👩🏽‍⚕️'])('keeps the joined picture %s', (picture) => {
    expect(typedLine(`문 앞에 ${picture}`)).toBe(`문 앞에 ${picture}`)
  })

  it.each([
    ['경비실에\u200b', '경비실에'],
    ['현관\u00ad비밀번호', '현관비밀번호'],
    ['비번\t1234', '비번 1234'],
    ['문 앞에\r\n놓아 주세요', '문 앞에 놓아 주세요'],
    ['\u202d한\u200d글\u202c', '한글'],
    ['\ufeff 문\u3164앞 ', '문앞'],
    ['a\u200d🌿', 'a🌿'],
    ['🌿\u200da', '🌿a'],
  ])('cleans %j', (typed, kept) => expect(typedLine(typed)).toBe(kept))

  it('is the same when it is cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(typedLine(typedLine(text))).toBe(typedLine(text))
        expect(withoutInvisible(withoutInvisible(text))).toBe(withoutInvisible(text))
      }),
    )
  })
})

describe('a typed phone', () => {
  it.each([
    '010 1234 5678',
    '010.1234.5678',
    '+82 10-1234-5678',
    '+821012345678',
    '+82-010-1234-5678',
    '0082 10 1234 5678',
    '(010)1234-5678',
    '\u202d010-1234-5678\u202c',
    '010-1234-5678\u200b',
    '010\u20111234\u20135678',
    '０１０－１２３４－５６７８',
  ])('is understood as %j', (typed) => {
    expect(typedPhone(typed)).toBe('01012345678')
    expect(MOBILE_PHONE.test(typedPhone(typed))).toBe(true)
  })

  it.each([
    '02-123-4567',
    '02 1234 5678',
    '031-123-4567',
    '070-1234-5678',
    '0507-1234-5678',
    '0504 123 4567',
  ])('may be %j for a driver, but is no mobile number', (typed) => {
    expect(KOREAN_PHONE.test(typedPhone(typed))).toBe(true)
    expect(MOBILE_PHONE.test(typedPhone(typed))).toBe(false)
  })

  it.each([
    '1010-1234-5678',
    '010-1234-56789',
    '012-1234-5678',
    '+1 212 555 0100',
    '010-1234-567a',
    '1588-1234',
    '',
  ])('is no phone: %j', (typed) => expect(KOREAN_PHONE.test(typedPhone(typed))).toBe(false))
})
