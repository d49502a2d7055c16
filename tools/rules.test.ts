import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MONEY_RULES, RULES } from './rules.ts'

const ROOT = join(import.meta.dirname, '..')

/** Each file a pattern names by itself: `a/{b,c}.ts` names two. */
function named(pattern: string): string[] {
  const [, before = '', names, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? []
  return names === undefined ? [pattern] : names.split(',').map((name) => `${before}${name}${after}`)
}

it.each([...RULES, ...MONEY_RULES].flatMap(named))('%s is there', (file) => {
  expect(globSync(file, { cwd: ROOT })).not.toEqual([])
})

it('a room called rules holds nothing else', () => {
  const rules = new Set(RULES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })))
  const there = globSync('src/**/rules/*.ts', { cwd: ROOT, exclude: ['**/*.{test,fixture}.ts'] })
  expect(there.filter((file) => !rules.has(file))).toEqual([])
})

it('rules of money are rules', () => {
  const rules = new Set(RULES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })))
  const money = MONEY_RULES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  expect(money.filter((file) => !rules.has(file))).toEqual([])
})
