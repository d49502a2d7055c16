import Type from 'typebox'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { execute, type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { hasRedis, type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { transact } from '../database/database.ts'
import { openRedis } from '../redis/redis.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { type BroadcastTransport, createBroadcast, defineTopic, MOST_BYTES } from './broadcast.ts'
import { postgresBroadcast } from './postgres.ts'
import { redisBroadcast } from './redis.ts'

const ended = defineTopic('test.ended', Type.Object({ id: Type.String() }))
const other = defineTopic('test.other', Type.Object({ id: Type.String() }))
const log = createLog('silent')

let database: TestDatabase
let server: RedisServer | undefined
beforeAll(async () => {
  database = await testDatabase()
  server = hasRedis ? await startRedis() : undefined
})
afterAll(async () => {
  await server?.close()
  await database.drop()
})

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  server?.goOn()
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const byDatabase = async (url = database.url): Promise<BroadcastTransport> => postgresBroadcast({ url, log })
async function byRedis(url = database.url): Promise<BroadcastTransport> {
  const redis = await openRedis({ url: server?.url ?? '', prefix: 'test', log })
  open.push(redis)
  return redisBroadcast(redis, await byDatabase(url))
}

const allHear = (processes: readonly { heard: string[] }[], expected: string[]) =>
  until(() => processes.every(({ heard }) => heard.join() === expected.join()), {
    deadlineMs: 5_000,
    what: `everybody to hear ${expected.join()}`,
  })

/** What a listener is told at the begin: as often as there are ways by which it hears. */
const FORMS = [
  { form: 'PostgreSQL', transport: byDatabase, begin: ['missed'] },
  ...(hasRedis ? [{ form: 'Redis', transport: byRedis, begin: ['missed', 'missed'] }] : []),
]

describe.each(FORMS)('by $form', ({ transport, begin }) => {
  /** A process with one listener, and what it heard: ids, and "missed" when it was told that it may have missed some. */
  async function listening() {
    const broadcast = createBroadcast({ transport: await transport(), log })
    open.push(broadcast)
    const heard: string[] = []
    broadcast.subscribe(ended, { heard: ({ id }) => heard.push(id), missed: () => heard.push('missed') })
    await broadcast.start()
    await until(() => heard.join() === begin.join(), { deadlineMs: 5_000, what: 'the begin' })
    heard.splice(0)
    return { broadcast, heard }
  }

  test('every process hears what one of them says, once and in order, the speaker before the call returns', async () => {
    const [one, two, three] = [await listening(), await listening(), await listening()]
    one.broadcast.publish(other, { id: 'not for them' })
    const said = Array.from({ length: 200 }, (_, index) => String(index))
    for (const id of said) one.broadcast.publish(ended, { id })
    expect(one.heard).toEqual(said)
    await allHear([one, two, three], said)
  })

  test('a process that only speaks is heard', async () => {
    const one = await listening()
    const speaker = createBroadcast({ transport: await transport(), log })
    speaker.publish(ended, { id: 'said and gone' })
    await speaker.close()
    await allHear([one], ['said and gone'])
  })

  test('what a transaction says is heard after its commit, and not at all when it is rolled back', async () => {
    const [one, two] = [await listening(), await listening()]
    const say = (id: string, undo: boolean) =>
      transact<void>(database.db, async (tx, rollback) => {
        one.broadcast.publishAfterCommit(tx, ended, { id })
        expect(one.heard).not.toContain(id)
        if (undo) rollback(undefined)
      })
    await say('undone', true)
    await say('done', false)
    await allHear([one, two], ['done'])
  })

  test('refuses what is too long, where it is said', async () => {
    const one = await listening()
    const long = { id: '가'.repeat(MOST_BYTES / 3) }
    expect(() => one.broadcast.publish(ended, long)).toThrow(RangeError)
    await expect(
      transact(database.db, async (tx) => one.broadcast.publishAfterCommit(tx, ended, long)),
    ).rejects.toThrow('too long')
    const fits = { id: 'x'.repeat(MOST_BYTES - 100) }
    const two = await listening()
    one.broadcast.publish(ended, fits)
    await allHear([two], [fits.id])
  })

  test('a listener whose connection broke is told that it missed something, and hears again', async () => {
    const [one, two] = [await listening(), await listening()]
    await execute(
      database.url,
      `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'pillivery-broadcast' and datname = current_database()`,
    )
    // Said while nobody is connected: the speaker sends it as soon as it can.
    one.broadcast.publish(ended, { id: 'meanwhile' })
    await until(() => one.heard.includes('missed') && two.heard.includes('missed'), {
      deadlineMs: 10_000,
      what: 'both to be told',
    })
    two.broadcast.publish(ended, { id: 'again' })
    await until(() => one.heard.includes('again'), { deadlineMs: 5_000, what: 'the first to hear again' })
  })

  test('when more waits than can be kept, everybody is told that something was missed', async () => {
    const one = await listening()
    const sent: string[][] = []
    let broken = true
    const speaker = createBroadcast({
      log,
      transport: {
        send: async (messages) => {
          if (broken) throw new Error('away')
          sent.push([...messages])
          const real = await transport()
          await real.send(messages)
          await real.close()
        },
        listen: async () => {},
        close: async () => {},
      },
    })
    open.push(speaker)
    for (let id = 0; id < 5_000; id += 1) speaker.publish(ended, { id: String(id) })
    broken = false
    await until(() => one.heard.includes('missed') && one.heard.at(-1) === '4999', {
      deadlineMs: 10_000,
      what: 'the listener to be told, and to hear what came last',
    })
    expect(sent.flat().length).toBeLessThanOrEqual(1_002)
  })

  test('a message nobody can read counts as missed, and a listener that fails does not silence the others', async () => {
    const one = await listening()
    const after: string[] = []
    const failing = one.broadcast.subscribe(ended, {
      heard: () => {
        throw new Error('broken listener')
      },
      missed: () => {},
    })
    one.broadcast.subscribe(ended, { heard: ({ id }) => after.push(id), missed: () => {} })
    for (const message of ['not JSON', '{"a":1}', '["x"]', '["x","test.ended",{"ids":["newer"]}]'])
      await execute(database.url, `select pg_notify('pillivery_broadcast', '${message}')`)
    await allHear([one], ['missed', 'missed', 'missed', 'missed'])
    one.broadcast.publish(ended, { id: 'a' })
    expect(after).toEqual(['a'])
    failing()
  })
})

describe.skipIf(!hasRedis)('by Redis', () => {
  const redisServer = () => server ?? expect.fail('it was started')
  async function listening(url = database.url) {
    const broadcast = createBroadcast({ transport: await byRedis(url), log })
    open.push(broadcast)
    const heard: string[] = []
    broadcast.subscribe(ended, { heard: ({ id }) => heard.push(id), missed: () => heard.push('missed') })
    await broadcast.start()
    await until(() => heard.length === 2, { deadlineMs: 5_000, what: 'the begin' })
    heard.splice(0)
    return { broadcast, heard }
  }

  test('processes on different databases hear each other', async () => {
    const elsewhere = await testDatabase()
    const [one, two] = [await listening(), await listening(elsewhere.url)]
    one.broadcast.publish(ended, { id: 'over there' })
    await allHear([one, two], ['over there'])
    await two.broadcast.close()
    await elsewhere.drop()
  })

  test.each([
    ['dies', () => redisServer().kill(), ['missed']],
    ['hangs', async () => redisServer().hang(), []],
  ])('when it %s, the database carries what is said, soon and by itself', async (_what, harm, told) => {
    const [one, two] = [await listening(), await listening()]
    await harm()
    const from = performance.now()
    one.broadcast.publish(ended, { id: 'without it' })
    await until(() => two.heard.includes('without it'), {
      deadlineMs: 5_000,
      everyMs: 5,
      what: 'it to be heard',
    })
    expect(performance.now() - from).toBeLessThan(1_000)
    redisServer().goOn()
    await redisServer().restart()
    // Whoever was cut off may have missed something of those who were not.
    await until(() => told.every((what) => two.heard.includes(what)), {
      deadlineMs: 10_000,
      what: 'it to be told',
    })
    two.heard.splice(0)
    one.broadcast.publish(ended, { id: 'with it again' })
    await until(() => two.heard.includes('with it again'), { deadlineMs: 5_000, what: 'it to be heard' })
  })

  test('that loses everything it keeps loses no message', async () => {
    const [one, two] = [await listening(), await listening()]
    await redisServer().flush()
    one.broadcast.publish(ended, { id: 'after it' })
    await allHear([one, two], ['after it'])
  })
})
