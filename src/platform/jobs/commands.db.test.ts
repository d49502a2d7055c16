import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import Type from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../database/database.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { type Commands, defineCommand, handleCommand, startCommands } from './commands.ts'

const greet = defineCommand('test.greet', Type.Object({ name: Type.String() }))
const remind = defineCommand('test.remind', Type.Object({ n: Type.Integer() }), { urgent: false })

let database: TestDatabase
let commands: Commands

beforeAll(async () => {
  database = await testDatabase()
  const common = { url: database.url, log: createLog('silent'), metrics: createMetrics() }
  commands = await startCommands({ ...common, commands: [greet, remind], worker: true })
})
afterAll(async () => {
  await commands.stop()
  await database.drop()
})

it('gives a command to another worker soon after its worker died', async () => {
  const { db } = database
  await transact(db, (tx) => commands.enqueue(tx, greet, { name: 'Hana' }))
  // What a worker leaves behind that was killed between taking the command and running it, a while ago.
  await sql`
    update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() - interval '20 seconds'
    where name = ${greet.name}`.execute(db)
  const greeted: string[] = []
  await commands.work([handleCommand(greet, async ({ name }) => void greeted.push(name))])
  // Far below the time after which a command counts as expired.
  await until(() => greeted.length > 0, { what: 'the command to be run', deadlineMs: 28_000, everyMs: 100 })
  expect(greeted).toEqual(['Hana'])
})

it('wakes nobody for what is not urgent, and still does all of it', async () => {
  const { db } = database
  const listener = new pg.Client({ connectionString: database.url })
  const woken: (string | undefined)[] = []
  listener.on('notification', ({ payload }) => woken.push(payload))
  await listener.connect()
  try {
    // The channel pg-boss wakes its workers on.
    const channel = `pgboss_${createHash('sha224').update('pgboss').digest('hex').slice(0, 24)}`
    await listener.query(`listen ${channel}`)
    const wanted = Array.from({ length: 25 }, (_, n) => n)
    for (const n of wanted) await transact(db, (tx) => commands.enqueue(tx, remind, { n }))
    await transact(db, (tx) => commands.enqueue(tx, greet, { name: 'Duri' }))
    // Notifications come in the order of their commits.
    await until(() => woken.includes(greet.name), { what: 'the wake-up', deadlineMs: 5_000, everyMs: 20 })
    expect(woken).not.toContain(remind.name)
    const done: number[] = []
    await commands.work([handleCommand(remind, async ({ n }) => void done.push(n))])
    await until(() => done.length === wanted.length, { what: 'all of it', deadlineMs: 10_000, everyMs: 20 })
    expect(done.toSorted((a, b) => a - b)).toEqual(wanted)
  } finally {
    await listener.end()
  }
})

it('takes a schedule back that is off', async () => {
  const stored = async () => {
    const { rows } = await sql`select name from pgboss.schedule where name = 'test.nightly'`.execute(
      database.db,
    )
    return rows.length
  }
  const nightly = { name: 'test.nightly', cron: '0 3 * * *', run: async () => {} }
  await commands.work([], [{ ...nightly, off: true }])
  expect(await stored()).toBe(0)
  await commands.work([], [nightly])
  expect(await stored()).toBe(1)
  await commands.work([], [{ ...nightly, off: true }])
  expect(await stored()).toBe(0)
})
