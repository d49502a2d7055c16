import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NEXT_STATES } from '../src/shop/payments/rules/attempt.ts'
import { NEXT_STATES as REGISTRATION_STEPS } from '../src/shop/payments/rules/registration.ts'
import { cycleSteps } from '../src/shop/subscriptions/rules/cycle.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

describe('the documents', () => {
  it('name only files and folders that are there', () => {
    const named = ['CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })].flatMap((page) =>
      [...read(page).matchAll(/`((?:src|web|test|tools|bench|simulation|simulators)\/[\w./-]+)`/g)].map(
        ([, path = '']) => ({ page, path }),
      ),
    )
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('say of no file that something is in it which is not', () => {
    const named = globSync('docs/*.md', { cwd: ROOT }).flatMap((page) =>
      [...read(page).matchAll(/`(\w+)` in `(src\/[\w./-]+\.ts)`/g)].map(([, name = '', path = '']) => ({
        page,
        name,
        path,
      })),
    )
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(({ name, path }) => !new RegExp(`\\b${name}\\b`).test(read(path)))).toEqual([])
  })

  it('explain only words that are in the code', () => {
    const sources = globSync('src/**/*.{ts,sql}', { cwd: ROOT })
    const words = new Set(sources.flatMap((path) => read(path).match(/\w+/g) ?? []))
    const column = [...read('docs/glossary.md').matchAll(/^\| [^|]+ \| ([^|]+) \|/gm)].map(
      ([, code = '']) => code,
    )
    const named = column.flatMap((code) => [...code.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name))
    expect(named.length).toBeGreaterThan(30)
    expect(
      named.filter((name) => !name.split('.').every((part) => words.has(part) || part === 'ts')),
    ).toEqual([])
  })
})

/** The arrows under a heading, without the one into the first state. */
function arrowsUnder(heading: string): string[] {
  const section = read('docs/states.md').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^ {2}(\w+ --> \w+(?:: \w+)?)$/gm)].map(([, arrow = '']) => arrow)
}

const stepsOf = (next: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(next).flatMap(([from, to]) => to.map((state) => `${from} --> ${state}`))

describe('the pictures of states', () => {
  it('show every step of a payment attempt', () => {
    expect(arrowsUnder('Payment attempt').toSorted()).toEqual(stepsOf(NEXT_STATES).toSorted())
  })

  it('show every step of a registration', () => {
    expect(arrowsUnder('Registration').toSorted()).toEqual(stepsOf(REGISTRATION_STEPS).toSorted())
  })

  it('show every step of a cycle', () => {
    const steps = Object.entries(cycleSteps).flatMap(([from, to]) =>
      Object.entries(to).map(([step, next]) => `${from} --> ${next}: ${step}`),
    )
    expect(arrowsUnder('Cycle').toSorted()).toEqual(steps.toSorted())
  })
})
