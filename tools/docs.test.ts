import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NEXT_STATES } from '../src/shop/payments/rules/attempt.ts'
import { cycleSteps } from '../src/shop/subscriptions/rules/cycle.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

describe('the documents', () => {
  it('name only files and folders that are there', () => {
    const named = ['CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })].flatMap((page) =>
      [...read(page).matchAll(/`((?:src|test|tools|bench|simulation|simulators)\/[\w./-]+)`/g)].map(
        ([, path = '']) => ({ page, path }),
      ),
    )
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

/** The arrows under a heading, without the one into the first state. */
function arrowsUnder(heading: string): string[] {
  const section = read('docs/states.md').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^ {2}(\w+ --> \w+(?:: \w+)?)$/gm)].map(([, arrow = '']) => arrow)
}

describe('the pictures of states', () => {
  it('show every step of a payment attempt', () => {
    const steps = Object.entries(NEXT_STATES).flatMap(([from, to]) => to.map((next) => `${from} --> ${next}`))
    expect(arrowsUnder('Payment attempt').toSorted()).toEqual(steps.toSorted())
  })

  it('show every step of a cycle', () => {
    const steps = Object.entries(cycleSteps).flatMap(([from, to]) =>
      Object.entries(to).map(([step, next]) => `${from} --> ${next}: ${step}`),
    )
    expect(arrowsUnder('Cycle').toSorted()).toEqual(steps.toSorted())
  })
})
