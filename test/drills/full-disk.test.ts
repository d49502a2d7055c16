/** The disk of the log fills up: the server goes on, and says how many lines were lost once there is space again. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { emptyDatabase } from '../support/database.ts'
import { parseJson } from '../support/json.ts'
import { address, type Started, start } from '../support/server-process.ts'

const LINES = 300

const disk = mountSmallDisk()
let database: Awaited<ReturnType<typeof emptyDatabase>>
let server: Started
let url: string
let dataDir: string
beforeAll(async () => {
  if (disk === undefined) return
  database = await emptyDatabase()
  dataDir = mkdtempSync(join(tmpdir(), 'pillivery-full-'))
  server = start(['serve'], {
    PORT: '0',
    NODE_ENV: 'test',
    DEMO: 'off',
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    LOG_LEVEL: 'info',
    LOG_FILE: join(disk, 'serve.log'),
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    KAKAOPAY_BASE_URL: 'http://127.0.0.1:9',
    KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
  })
  url = await address(server, 120_000)
})
afterAll(async () => {
  server?.signal('SIGKILL')
  await server?.exit
  await database?.drop()
  if (disk !== undefined) {
    execFileSync('umount', ['-l', disk])
    rmSync(disk, { recursive: true, force: true })
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** A disk of 256 kB; undefined where we may not mount one. */
function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pillivery-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
}

/** Leaves a line in the log for each request. */
async function knock(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const { status } = await fetch(`${url}/api/orders`)
    expect(status).toBe(401)
  }
}

test.skipIf(disk === undefined)(
  'a full log disk loses lines, not requests, and the loss is told',
  async () => {
    const at = (name: string) => join(disk ?? '', name)
    await knock(3)
    const free = () => statfsSync(disk ?? '').bfree
    writeFileSync(at('filler'), Buffer.alloc(4_096 * free()))
    await knock(LINES)
    expect(free()).toBe(0)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    rmSync(at('filler'))
    const lost = await until(
      async () => {
        await knock(1)
        const lines = readFileSync(at('serve.log'), 'utf8')
          .split('\n')
          .filter((line) => line.endsWith('}'))
        return lines
          .map((line) => line.slice(line.lastIndexOf('{"level"')))
          .map((line) => parseJson(line) as { lost?: number })
          .find(({ lost }) => lost !== undefined)
      },
      { what: 'the loss to be told', deadlineMs: 20_000, everyMs: 200 },
    )
    expect(lost.lost).toBeGreaterThan(0)
    expect(server.process.exitCode).toBeNull()
  },
  120_000,
)
