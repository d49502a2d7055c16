import { expect, it } from 'vitest'
import { businessNumberIn } from './business-number.ts'

it('is ten digits that check themselves, however they are written', () => {
  expect(businessNumberIn('123-45-67891')).toBe('1234567891')
  expect(businessNumberIn(' 220 81 62517 ')).toBe('2208162517')
  // Any other last digit is wrong, and so is any other digit before it.
  const lasts = Array.from({ length: 10 }, (_, digit) => `123456789${digit}`).filter(businessNumberIn)
  expect(lasts).toEqual(['1234567891'])
  for (let place = 0; place < 9; place++) {
    const wrong = [...'1234567891']
    wrong[place] = String((Number(wrong[place]) + 1) % 10)
    expect([place, businessNumberIn(wrong.join(''))]).toEqual([place, undefined])
  }
})

it.each(['000-00-00000', '12345678', '12345678910', '123-45-6789a', ''])('is not %s', (typed) => {
  expect(businessNumberIn(typed)).toBeUndefined()
})
