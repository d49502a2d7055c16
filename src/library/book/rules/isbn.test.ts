import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isbn13Of, withCheckDigit } from './isbn.ts'

describe('an ISBN', () => {
  it.each([
    ['978-0-306-40615-7', '9780306406157'],
    ['0-306-40615-2', '9780306406157'],
    ['0 306 40615 2', '9780306406157'],
    ['080442957X', '9780804429573'],
    ['080442957x', '9780804429573'],
    ['ISBN 978-0-306-40615-7', '9780306406157'],
    ['ISBN-13: 9780306406157', '9780306406157'],
    ['ISBN13 9780306406157 (0306406152)', '9780306406157'],
    ['isbn10 : 0306406152', '9780306406157'],
    ['ISBN 1303 40615 2', '9781303406157'],
    ['９７８０３０６４０６１５７', '9780306406157'],
    ['978-0-306-40615-7 93810 (양장)', '9780306406157'],
    ['978030640615793810', '9780306406157'],
    ['책 이름 | 지은이 | 9780306406157 | 15,000원', '9780306406157'],
    ['9780306406157, 978-0-306-40615-7', '9780306406157'],
  ])('%s is %s', (text, isbn) => expect(isbn13Of(text)).toBe(isbn))

  it.each([
    '978-0-306-40615-8',
    '0-306-40615-3',
    '9770306406157',
    '080442957',
    'X804429570',
    '',
    '9780306406157 9780804429573',
    '전화 0306406152',
    '97803064061571',
  ])('%j is none', (text) => expect(isbn13Of(text)).toBeUndefined())

  it('is spoilt by one wrong digit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999_999 }),
        fc.nat(12),
        fc.integer({ min: 1, max: 9 }),
        (n, at, by) => {
          const isbn = withCheckDigit(`978${String(n).padStart(9, '0')}`)
          expect(isbn13Of(isbn)).toBe(isbn)
          const wrong = isbn.slice(0, at) + String((Number(isbn[at]) + by) % 10) + isbn.slice(at + 1)
          expect(isbn13Of(wrong)).toBeUndefined()
        },
      ),
    )
  })
})
