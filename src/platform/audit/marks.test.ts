import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMarks } from './marks.ts'

const key = () => randomBytes(32).toString('base64url')
const PHONE = '01043210987'

test('equal texts have equal marks, others and other keys have other ones', () => {
  const own = key()
  const [markOf, again, others] = [createMarks(own), createMarks(`${own},${key()}`), createMarks(key())]
  expect(markOf(PHONE)).toMatch(/^[0-9a-f]{64}$/)
  expect(again(PHONE)).toBe(markOf(PHONE))
  expect(markOf('01043210988')).not.toBe(markOf(PHONE))
  expect(others(PHONE)).not.toBe(markOf(PHONE))
})

test('who has the audit and no key finds no phone by trying, whatever hash it is', () => {
  const mark = createMarks(key())(PHONE)
  for (const name of ['sha256', 'sha512', 'sha1', 'md5'])
    expect(createHash(name).update(PHONE).digest('hex')).not.toBe(mark)
})

test('without a key nothing is marked', () => {
  expect(createMarks(undefined)(PHONE)).toBeNull()
})

test('what is no random key is refused', () => {
  expect(() => createMarks('A'.repeat(43))).toThrow('32 random bytes')
})
