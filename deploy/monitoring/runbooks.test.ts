import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { colleague } from '../../test/support/people.ts'
import { type System, startSystem } from '../../test/support/system.ts'
import { attempt } from '../prove/kit/shell.ts'

const FOLDER = join(import.meta.dirname, 'runbooks')
/** What pages ask to be typed, by page. */
const TYPED = globSync('*.md', { cwd: FOLDER }).flatMap((page) =>
  [...readFileSync(join(FOLDER, page), 'utf8').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => ({
    page,
    text,
  })),
)

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system.stop())

/** What `pick` makes of each, without those it makes nothing of. */
function typed<T>(pick: (text: string) => T | undefined): { page: string; text: string; is: T }[] {
  return TYPED.flatMap(({ page, text }) => {
    const is = pick(text)
    return is === undefined ? [] : [{ page, text, is }]
  })
}

describe('what the runbooks ask for at three in the morning', () => {
  it('are operations that are there', async () => {
    const known = new Set(system.contract.operations.map(({ method, path }) => `${method} ${path}`))
    const asked = typed((text) => /^(GET|POST|PUT|DELETE) (\/api\/\S+)$/.exec(text)?.slice(1)).filter(
      ({ text }) => !text.includes('…'),
    )
    const plain = ([method = '', path = '']: readonly string[]) =>
      `${method} ${path.replace(/\?.*/, '').replaceAll(/:(\w+)/g, '{$1}')}`
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter(({ is }) => !known.has(plain(is)))).toEqual([])
  })

  it('are questions that an operator gets an answer to', async () => {
    const { api } = await colleague(system, 'admin')
    const asked = typed((text) => /^GET (\/api\/\S+)$/.exec(text)?.[1]).filter(({ is }) => !is.includes('…'))
    expect(asked.length).toBeGreaterThan(4)
    for (const { page, is } of asked) expect([page, is, (await api.get(is)).status]).toEqual([page, is, 200])
  })

  // Each is a process of its own.
  it('are commands, with options that they have', { timeout: 120_000 }, async () => {
    const commands = typed((text) => /(?:^pillivery|sudo pillivery|src\/main\.ts) (.+)$/.exec(text)?.[1])
    expect(commands.length).toBeGreaterThan(6)
    for (const line of new Set(commands.map(({ is }) => is.replace(/ --file.*/, ' --file TABLE')))) {
      const args = line.replace('DAY', '2026-01-31').split(' ')
      // Asked for help it reads its options, and does nothing.
      const { code, all } = await attempt(process.execPath, ['src/main.ts', ...args, '--help'])
      expect([line, code, all.includes(`Usage: pillivery ${args[0]}`)]).toEqual([line, 0, true])
      for (const option of args.filter((one) => one.startsWith('--'))) expect(all).toContain(option)
    }
  })

  it('are statements that PostgreSQL takes', async () => {
    const statements = typed((text) => (text.startsWith('select ') ? text.replace('PID', '0') : undefined))
    expect(statements.length).toBeGreaterThan(6)
    const client = new pg.Client({ connectionString: system.databaseUrl })
    await client.connect()
    try {
      for (const { is } of statements) {
        await client.query(`prepare asked as ${is}`)
        await client.query('deallocate asked')
      }
    } finally {
      await client.end()
    }
  })
})
