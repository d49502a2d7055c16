/**
 * Notes every text that a test's process sends to PostgreSQL, for the check at the end of the run that no statement of
 * the sources was left untried (`test/setup/statements.ts`).
 */
import { appendFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, expect, inject } from 'vitest'

const NOTED: unique symbol = Symbol.for('pillivery.noted-statements')

function textOf(asked: unknown): string | undefined {
  if (typeof asked === 'string') return asked
  const text = typeof asked === 'object' && asked !== null && 'text' in asked ? asked.text : undefined
  return typeof text === 'string' ? text : undefined
}

interface Noted {
  /** Texts of this process that are not yet written to the file. */
  fresh: string[]
}

function listen(): Noted {
  const known = new Set<string>()
  const noted = { fresh: [] as string[] }
  pg.Client.prototype.query = new Proxy(pg.Client.prototype.query, {
    apply(query, client, given: unknown[]): unknown {
      const text = textOf(given[0])
      if (text !== undefined && !known.has(text)) {
        known.add(text)
        noted.fresh.push(text)
      }
      const answer: unknown = Reflect.apply(query, client, given)
      return answer
    },
  })
  return noted
}

// This runs before every test file, and files share processes.
const shared: typeof globalThis & { [NOTED]?: Noted } = globalThis
const noted = shared[NOTED] ?? listen()
shared[NOTED] = noted

afterAll(() => {
  const { testPath } = expect.getState()
  appendFileSync(inject('statementsFile'), `${JSON.stringify([testPath ?? '', ...noted.fresh.splice(0)])}\n`)
})
