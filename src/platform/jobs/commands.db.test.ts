import { sql } from 'kysely'
import Type from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../database/database.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { type Commands, defineCommand, handle, startCommands } from './commands.ts'

const greet = defineCommand('test.greet', Type.Object({ name: Type.String() }))

let database: TestDatabase
let commands: Commands

beforeAll(async () => {
  database = await testDatabase()
  const common = { url: database.url, log: createLog('silent'), metrics: createMetrics() }
  commands = await startCommands({ ...common, commands: [greet], worker: true })
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
  await commands.work([handle(greet, async ({ name }) => void greeted.push(name))])
  // Far below the time after which a command counts as expired.
  await until(() => greeted.length > 0, { what: 'the command to be run', deadlineMs: 28_000, everyMs: 100 })
  expect(greeted).toEqual(['Hana'])
})
