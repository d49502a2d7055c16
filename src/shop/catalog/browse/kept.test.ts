import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../../test/support/redis.ts'
import { openRedis, type Redis } from '../../../platform/redis/redis.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createKept } from './kept.ts'

describe.skipIf(!hasRedis)('totals that servers keep for one another', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = await openRedis({ url: server.url, prefix: 'test', log: createLog('silent') })
  })
  afterAll(async () => {
    await redis?.close()
    await server?.close()
  })
  /** Keeps the total of a search for other servers. @returns where */
  async function keepTotal(of: string, total: number): Promise<string> {
    await server.flush()
    await createKept(redis).changed()
    await createKept(redis).totals.get(of, async () => total)
    const [key] = await until(
      async () => {
        const keys = await server.look((client) => client.keys('test:cache:catalog:totals:*'))
        return keys.length > 0 ? keys : undefined
      },
      { deadlineMs: 3_000, what: 'it to be kept' },
    )
    return key ?? expect.fail('there is one')
  }

  it('do not show in Redis what was searched for', async () => {
    expect(await keepTotal('오메가', 3)).not.toContain('오메가')
  })

  it('are found by another one', async () => {
    await keepTotal('오메가', 3)
    expect(await createKept(redis).totals.get('오메가', async () => 4)).toBe(3)
  })

  it.each(['NaN', '', '-1', '1e9'])('and are counted anew when there is none but "%s"', async (harmed) => {
    const key = await keepTotal('오메가', 3)
    const [mark = ''] = (await server.look((client) => client.get(key)))?.split(' ') ?? []
    await server.look((client) => client.set(key, `${mark} ${harmed}`, 'PX', 60_000))
    expect(await createKept(redis).totals.get('오메가', async () => 4)).toBe(4)
  })
})
