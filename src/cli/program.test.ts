import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** Tells at its end which files of ours were loaded. */
const LISTENER = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  process.on('exit', () => console.error(JSON.stringify(loaded)))
`)}`

it.each([
  [['--help'], 'Usage: pillivery'],
  [['billing', 'run', '--help'], '--dry-run'],
  [['--version'], '.'],
])('asked for %j it answers without loading a shop or library', async (asked, says) => {
  const args = ['--import', LISTENER, 'src/main.ts', ...asked]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  expect(stdout).toContain(says)
  const loaded = stderr.match(/[^"/]*\/src\/[^"]*/g) ?? []
  expect(loaded.some((file) => file.endsWith('/src/main.ts'))).toBe(true)
  expect(loaded.filter((file) => /\/src\/(shop|library|identity|notifications)\//.test(file))).toEqual([])
  expect(stderr).not.toContain('/node_modules/fastify/')
})
