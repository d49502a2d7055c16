import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { address, processesOf, type Started, start, temporaryFolder } from '../support/server-process.ts'

let folder: { path: string; remove(): Promise<void> }
const running: Started[] = []
/** A first start takes its time on a busy machine, and these tests wait for it to end. */
const PATIENCE = { timeout: 120_000 }

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.signal('SIGTERM')
    await one.exit
  }
  await folder.remove()
})

async function launch(...args: string[]): Promise<Started> {
  const settings = {
    DATA_DIR: join(folder.path, 'data'),
    PORT: String(await freePort()),
    BANK_PORT: String(await freePort()),
    REGISTER_PORT: '0',
    LOG_LEVEL: 'warn',
  }
  const one = start(args, settings)
  running.push(one)
  return one
}

const said = (one: Started, text: string) =>
  until(() => one.output().includes(text), { what: text, deadlineMs: 60_000, everyMs: 5 })

const nothingLeft = () =>
  until(async () => (await processesOf(folder.path)).length === 0, {
    what: 'everything to have ended',
    deadlineMs: 20_000,
    everyMs: 50,
  })

it('Ctrl-C while the database is made for the first time leaves nothing running', PATIENCE, async () => {
  const server = await launch('serve')
  await said(server, 'Preparing the database')
  server.signal('SIGINT')
  expect(await server.exit).toBe(0)
  expect(server.output()).not.toMatch(/\n\s+at /)
  await nothingLeft()
})

it(
  'Ctrl-C while a start is under way leaves nothing running, and the next start finds everything in order',
  PATIENCE,
  async () => {
    const first = await launch('serve')
    // Its own database is there, or about to be; what else there is to start is under way.
    await until(async () => (await processesOf(join(folder.path, 'data', 'postgres'))).length > 0, {
      what: 'the database to run',
      deadlineMs: 60_000,
      everyMs: 5,
    })
    first.signal('SIGINT')
    expect(await first.exit).toBe(0)
    await nothingLeft()
    const migration = await launch('migrate')
    expect(await migration.exit, migration.output()).toBe(0)
    await nothingLeft()
  },
)

it('closing the terminal drains like Ctrl-C', PATIENCE, async () => {
  const server = await launch('serve')
  await address(server, 100_000)
  server.signal('SIGHUP')
  expect(await server.exit).toBe(0)
  await nothingLeft()
})

it('a command that is given up leaves nothing running', PATIENCE, async () => {
  const command = await launch('migrate')
  await until(async () => (await processesOf(join(folder.path, 'data', 'postgres'))).length > 0, {
    what: 'the database to run',
    deadlineMs: 60_000,
    everyMs: 5,
  })
  command.signal('SIGTERM')
  await command.exit
  await nothingLeft()
})
