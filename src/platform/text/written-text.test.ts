import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { cleanBody, coveredName, lengthOf } from './written-text.ts'

it('is kept clean', () => {
  expect(cleanBody('  가\r\n나\r다\u2028라 \t \n\n\n\n마\u0000\u200b\ufeff\u00ad\u202e바  ')).toBe(
    '가\n나\n다\n라\n\n마바',
  )
  expect(cleanBody('각')).toBe('각')
  expect(cleanBody('👨‍👩‍👧')).toBe('👨‍👩‍👧')
  // Letters, and whatever else arrives by copy and paste.
  const odd = [...'\r\n\t \u0000\u007f\u00a0\u00ad\u200b\u200d\u202e\u2028\u3000\ufeff가ᄀ👨a.']
  const typedText = fc.array(fc.constantFrom(...odd), { maxLength: 40 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(typedText, (typed) => {
      const clean = cleanBody(typed)
      expect(clean).not.toMatch(/(?!\n)\p{Cc}|\n{3}|^\s|\s$/u)
      expect(cleanBody(clean)).toBe(clean)
    }),
  )
})

it('counts white space once in a row', () => {
  expect(lengthOf('가  \n\n  나')).toBe(3)
  expect(lengthOf('👨‍👩‍👧‍👦')).toBe(1)
})

it('shows of a name the first character', () => {
  expect(coveredName('건강지기')).toBe('건**')
  expect(coveredName(' 👩‍⚕️약사 ')).toBe('👩‍⚕️**')
  expect(coveredName('  ')).toBe('')
})
