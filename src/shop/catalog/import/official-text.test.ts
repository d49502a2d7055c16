import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText, officialDate } from './official-text.ts'

describe('cleanText', () => {
  test.each([
    ['  둘  셋\t넷 ', '둘 셋 넷'],
    ['하나\r\n둘\r셋\n넷', '하나\n둘\n셋\n넷'],
    ['하나\u2028둘\u0085셋\v넷', '하나\n둘\n셋\n넷'],
    ['하나 \r\n\r\n\r\n\r\n 둘', '하나\n\n둘'],
    ['A &amp; B &lt;1&gt; &quot;x&quot; &#39;y&#x27;', `A & B <1> "x" 'y'`],
    ['&amp;lt;br&amp;gt;', ''],
    ['a<br/>b<BR>c</p>d', 'a\nb\nc\nd'],
    ['80% < x &unknown; &', '80% < x &unknown; &'],
    ['눈&middot;간&nbsp;건강', '눈·간 건강'],
    ['널\u0000바이트\u0007와 \u200b폭 없는\ufeff 글자', '널바이트와 폭 없는 글자'],
    ['짝 없는 \ud800글자', '짝 없는 글자'],
    ['&#0;&#xD800;&#9999999;', ''],
    ['간'.normalize('NFD'), '간'],
    ['①뼈②간', '①뼈②간'],
    ['\u00a0\u3000 ', ''],
  ])('%j → %j', (raw, clean) => expect(cleanText(raw)).toBe(clean))

  test('whatever comes in, the result can be stored and has no ragged space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const clean = cleanText(raw)
        expect(clean.isWellFormed()).toBe(true)
        expect(clean).not.toMatch(/[\p{Cc}--\n]/v)
        expect(clean).not.toMatch(/^\s|\s$| {2}| \n|\n |\n{3}/u)
      }),
    )
  })
})

describe('officialDate', () => {
  test.each([
    ['20040302', '2004-03-02'],
    ['2004-03-02', '2004-03-02'],
    ['2004.03.02', '2004-03-02'],
    ['2004/03/02', '2004-03-02'],
    ['20040302103000', '2004-03-02'],
    ['2004-03-02 10:30:00.0', '2004-03-02'],
    ['2024-02-29T10:30', '2024-02-29'],
  ])('%s is %s', (text, date) => expect(String(officialDate(text))).toBe(date))

  test.each(['', '  ', '0', '00000000', '0000-00-00', '-'])('%j is no date', (text) => {
    expect(officialDate(text)).toBeNull()
  })

  test.each([
    '20230229',
    '20041302',
    '2004-0302',
    '200403',
    '제조일로부터 2년',
    '00040302',
    '29991231',
    '2004,03,02',
    '03/02/2004',
    '44286',
    '20040302x',
  ])('%j is not readable', (text) => expect(officialDate(text)).toBe('bad_date'))

  test('reads back every day it can be given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 55_000 }),
        fc.constantFrom('', '-', '.', '/'),
        (days, separator) => {
          const day = Temporal.PlainDate.from('1950-01-01').add({ days })
          expect(String(officialDate(day.toString().replaceAll('-', separator)))).toBe(day.toString())
        },
      ),
    )
  })
})
