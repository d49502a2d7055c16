import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backOffMs, every, type Loop, type LoopOptions } from './loop.ts'
import { until } from './poll-until.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
const loops: Loop[] = []
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(loops.splice(0).map((loop) => loop.stop()))
})

function start(run: LoopOptions['run'], more: Partial<LoopOptions> = {}) {
  const errors: unknown[] = []
  const onError: LoopOptions['onError'] = (error, failed) => errors.push([String(error), failed])
  const loop = every({ name: 'sweeper', intervalMs: 1_000, run, onError, ...more })
  loops.push(loop)
  return { loop, errors }
}

/** Lets the fake clock run and everything settle. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

it('runs at once and then after each interval, until stopped', async () => {
  const run = vi.fn(async () => {})
  const { loop } = start(run)
  await pass(0)
  expect(run).toHaveBeenCalledTimes(1)
  await pass(999)
  expect(run).toHaveBeenCalledTimes(1)
  await pass(1)
  expect(run).toHaveBeenCalledTimes(2)
  await loop.stop()
  await pass(5_000)
  expect(run).toHaveBeenCalledTimes(2)
})

it('never overlaps itself; a wake during a turn gives one more turn right after it', async () => {
  let end = () => {}
  const run = vi.fn(() => new Promise<void>((resolve) => (end = resolve)))
  const { loop } = start(run)
  await pass(10_000)
  loop.wake()
  loop.wake()
  expect(run).toHaveBeenCalledTimes(1)
  end()
  await pass(0)
  expect(run).toHaveBeenCalledTimes(2)
  end()
  await pass(999)
  expect(run).toHaveBeenCalledTimes(2)
  end()
})

it('is woken from its pause', async () => {
  const run = vi.fn(async () => {})
  const { loop } = start(run)
  await pass(10)
  loop.wake()
  await pass(0)
  expect(run).toHaveBeenCalledTimes(2)
})

it('goes on at once while there is more', async () => {
  vi.useRealTimers()
  let left = 100
  const run = vi.fn(async () => {
    left -= 1
    return left > 0 ? 'more' : 'done'
  })
  start(run, { intervalMs: 60_000 })
  await until(() => left === 0, { deadlineMs: 5_000, what: 'all batches' })
  expect(run).toHaveBeenCalledTimes(100)
})

it('reports errors, backs off without being woken, and recovers', async () => {
  let broken = true
  const run = vi.fn(async () => {
    if (broken) throw new Error('no database')
  })
  const { loop, errors } = start(run)
  await pass(0)
  await pass(1_000)
  expect(errors).toEqual([
    ['Error: no database', { name: 'sweeper', consecutive: 1, retryInMs: 1_000 }],
    ['Error: no database', { name: 'sweeper', consecutive: 2, retryInMs: 2_000 }],
  ])
  loop.wake()
  await pass(1_999)
  expect(run).toHaveBeenCalledTimes(2)
  broken = false
  await pass(1)
  expect(run).toHaveBeenCalledTimes(3)
  await pass(1_000)
  expect(run).toHaveBeenCalledTimes(4)
})

it('survives a reporter that throws and a run that throws synchronously', async () => {
  const run = vi.fn(() => {
    throw new Error('bug')
  })
  start(run, {
    onError: () => {
      throw new Error('no log')
    },
  })
  await pass(1_000)
  expect(run).toHaveBeenCalledTimes(2)
})

describe('stop', () => {
  it('waits for the running turn, tells it, and can be called twice', async () => {
    let end = () => {}
    let told = false
    const { loop } = start((signal) => {
      signal.addEventListener('abort', () => (told = true))
      return new Promise<void>((resolve) => (end = resolve))
    })
    await pass(0)
    const order: string[] = []
    const stopped = loop.stop().then(() => order.push('stopped'))
    await pass(100)
    expect(told).toBe(true)
    order.push('turn ends')
    end()
    await Promise.all([stopped, loop.stop()])
    expect(order).toEqual(['turn ends', 'stopped'])
  })

  it('follows the signal, also out of a back-off', async () => {
    const stopping = new AbortController()
    const run = vi.fn(() => Promise.reject(new Error('down')))
    const { loop } = start(run, { signal: stopping.signal })
    await pass(0)
    stopping.abort()
    await loop.stop()
    expect(run).toHaveBeenCalledTimes(1)
    const never = vi.fn(async () => {})
    await start(never, { signal: AbortSignal.abort() }).loop.stop()
    expect(never).not.toHaveBeenCalled()
  })
})

it('backs off by doubling up to the limit', () => {
  expect([1, 2, 3, 10, 2_000].map((failures) => backOffMs(failures, 1_000))).toEqual([
    1_000, 2_000, 4_000, 60_000, 60_000,
  ])
  expect(backOffMs(1, 0)).toBe(100)
  expect(backOffMs(5, 600_000)).toBe(600_000)
})
