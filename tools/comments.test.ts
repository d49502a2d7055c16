import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { undocumented } from './comments.ts'

const ROOT = join(import.meta.dirname, '..')

it('every exported function says what it is for', () => {
  const sources = globSync(['src/**/*.ts', 'web/{pages,ui}/**/*.{ts,tsx}'], { cwd: ROOT }).filter(
    (path) => !/\.(?:test|fixture)\.tsx?$/.test(path),
  )
  expect(sources.length).toBeGreaterThan(500)
  const silent = sources.flatMap((path) =>
    undocumented(readFileSync(join(ROOT, path), 'utf8')).map((name) => `${path}: ${name}`),
  )
  expect(silent).toEqual([])
})

it.each([
  ['export function pay() {}', ['pay']],
  ['/** Pays. */\nexport async function pay() {}', []],
  ['/**\n * Pays.\n */\n// biome-ignore lint: here it may\nexport function pay() {}', []],
  ['/** Pays. */\nexport function pay(a: 1): 1\nexport function pay(a: 2): 2', []],
  ['export const pay = (a: number): number => a', ['pay']],
  ['export const pay = async (\n  a: number,\n) => a', ['pay']],
  ['export const pay: Payer = (a) => a', ['pay']],
  ['export const LIMITS = { a: 1 }\nexport const sum = add(1, 2)', []],
])('in %j it misses %j', (source, missing) => {
  expect(undocumented(source)).toEqual(missing)
})
