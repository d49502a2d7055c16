import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joinSubjects, MOST_SUBJECT_CHARACTERS, subjectsIn } from './subjects.ts'

it('takes subjects apart at semicolons, each once', () => {
  expect(subjectsIn(' 한국 소설--역사;하동 ;; 하동')).toEqual(['한국 소설--역사', '하동'])
  expect(subjectsIn('')).toEqual([])
})

it('joins the first that fit, and what was joined is taken apart into the same', () => {
  const subject = fc.string({ unit: fc.constantFrom('가', 'A', '漢', '👍'), minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(fc.uniqueArray(subject, { maxLength: 20 }), (subjects) => {
      const text = joinSubjects(subjects)
      const kept = subjectsIn(text)
      expect(kept).toEqual(subjects.slice(0, kept.length))
      expect([...text].length).toBeLessThanOrEqual(MOST_SUBJECT_CHARACTERS)
      const next = subjects[kept.length]
      if (next !== undefined) expect([...`${text} ; ${next}`].length).toBeGreaterThan(MOST_SUBJECT_CHARACTERS)
    }),
  )
})
