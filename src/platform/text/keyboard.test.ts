import { expect, test } from 'vitest'
import { koreanKeys } from './keyboard.ts'
import { jamoOf } from './korean-search.ts'

test.each([
  ['ghdtka', '홍삼'],
  ['dhaprk', '오메가'],
  ['Rnf', '꿀'],
  ['qlxkals', '비타민'],
])('%s is %s', (typed, meant) => expect(koreanKeys(typed)).toBe(jamoOf(meant)))

test.each(['omega', 'iron', 'ab', 'vitamin c', '홍삼', 'gh3', ''])('%j is not meant so', (typed) =>
  expect(koreanKeys(typed)).toBeUndefined(),
)
