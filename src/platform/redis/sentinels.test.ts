import { afterEach, describe, expect, it } from 'vitest'
import { startWatchedRedis } from '../../../test/support/outside/sentinels.ts'
import { hasRedis } from '../../../test/support/redis.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { openRedis } from './redis.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

describe.skipIf(!hasRedis)('Redis that sentinels watch', () => {
  it('is found by any sentinel that answers, and is the one that took over when the primary died', async () => {
    const { url, sentinels, look, primary, killPrimary, restart, close } = await startWatchedRedis()
    ends.push(close)
    // The first one is gone for good.
    const asked = ['127.0.0.1:1', ...sentinels]
    const redis = await openRedis({ url, sentinels: asked, prefix: 'test', log: createLog('silent') })
    ends.push(redis.close)
    const keep = (value: string) => redis.ask((client) => client.set('key', value))
    expect(await keep('before')).toMatchObject({ value: 'OK' })
    const dead = await killPrimary()
    await until(() => !redis.isThere(), { deadlineMs: 2_000, what: 'the end to be seen' })
    expect(await keep('meanwhile')).toEqual({ kind: 'away' })
    await until(async () => (await keep('after')).kind === 'answered', {
      deadlineMs: 20_000,
      everyMs: 50,
      what: 'the replica to take over',
    })
    expect(await primary()).not.toBe(dead)
    expect(await look(await primary(), (client) => client.get('test:key'))).toBe('after')
    restart(dead)
    await until(async () => (await look(dead, (client) => client.role()))[0] === 'slave', {
      deadlineMs: 20_000,
      everyMs: 50,
      what: 'the old primary to follow',
    })
    expect(await keep('at last')).toMatchObject({ value: 'OK' })
  }, 60_000)

  it('is left as soon as it says that it is no primary any more', async () => {
    const { url, sentinels, look, primary, close } = await startWatchedRedis()
    ends.push(close)
    const at = await primary()
    const { password } = new URL(url)
    const direct = `redis://:${password}@127.0.0.1:${at}`
    const redis = await openRedis({ url: direct, prefix: 'test', log: createLog('silent') })
    ends.push(redis.close)
    const id = async () => {
      const answer = await redis.ask((client) => client.client('ID'))
      return answer.kind === 'answered' ? answer.value : undefined
    }
    const before = await id()
    await look(at, (client) => client.config('SET', 'min-replicas-to-write', '0'))
    await look(at, (client) => client.replicaof('127.0.0.1', 1))
    await until(async () => (await redis.ask((client) => client.set('key', '1'))).kind === 'away', {
      deadlineMs: 5_000,
      what: 'the refusal',
    })
    await until(() => !redis.isThere(), { deadlineMs: 1_000, what: 'it to be left' })
    await look(at, (client) => client.replicaof('NO', 'ONE'))
    await until(async () => ((await id()) ?? before) !== before, {
      deadlineMs: 5_000,
      what: 'another connection',
    })
    expect(sentinels).toHaveLength(3)
  }, 60_000)
})
