import { describe, expect, it, vi } from 'vitest'
import { createCache } from './cache.ts'

describe('the cache', () => {
  it('loads once for all who ask at the same time, and then answers from memory', async () => {
    const cache = createCache<string>({ ttlMs: 60_000, maxEntries: 10 })
    const load = vi.fn(async () => 'value')
    const answers = await Promise.all(Array.from({ length: 50 }, () => cache.get('a', load)))
    expect(new Set(answers)).toEqual(new Set(['value']))
    expect(await cache.get('a', load)).toBe('value')
    expect(load).toHaveBeenCalledTimes(1)
    await cache.get('b', load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('gives a failure to all who wait, as it was thrown, and tries again for the next', async () => {
    const cache = createCache<string>({ ttlMs: 60_000, maxEntries: 10 })
    const broken = new Error('connection refused')
    const load = vi.fn(async () => {
      throw broken
    })
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => cache.get('a', load)))
    expect(answers.every((answer) => answer.status === 'rejected' && answer.reason === broken)).toBe(true)
    expect(load).toHaveBeenCalledTimes(1)
    expect(await cache.get('a', async () => 'works again')).toBe('works again')
  })

  it('does not keep what began to load before it was cleared', async () => {
    const cache = createCache<string>({ ttlMs: 60_000, maxEntries: 10 })
    const { promise, resolve } = Promise.withResolvers<string>()
    const before = cache.get('a', () => promise)
    cache.clear()
    expect(await cache.get('a', async () => 'new')).toBe('new')
    resolve('old')
    expect(await before).toBe('old')
    expect(await cache.get('a', async () => 'newest')).toBe('new')
  })

  it('answers nothing older than its time to live, and forgets what was used least', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    try {
      const cache = createCache<number>({ ttlMs: 1_000, maxEntries: 2 })
      let loads = 0
      const load = async () => ++loads
      expect(await cache.get('a', load)).toBe(1)
      vi.advanceTimersByTime(900)
      expect(await cache.get('a', load)).toBe(1)
      vi.advanceTimersByTime(200)
      expect(await cache.get('a', load)).toBe(2)
      await cache.get('b', load)
      await cache.get('c', load)
      expect(await cache.get('a', load)).toBe(5)
    } finally {
      vi.useRealTimers()
    }
  })

  it('loads anew beside answering what gets old, once, and answers nothing older for that', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    try {
      const cache = createCache<number>({ ttlMs: 1_000, renewAfterMs: 700, maxEntries: 2 })
      const { promise, resolve } = Promise.withResolvers<number>()
      const load = vi.fn<() => Promise<number>>(() => promise).mockResolvedValueOnce(1)
      expect(await cache.get('a', load)).toBe(1)
      vi.advanceTimersByTime(699)
      expect(cache.peek('a')).toBe(1)
      vi.advanceTimersByTime(1)
      expect([cache.peek('a'), cache.peek('a'), await cache.get('a', load)]).toEqual([1, 1, 1])
      vi.advanceTimersByTime(300)
      expect(cache.peek('a')).toBe(undefined)
      const waiting = cache.get('a', load)
      expect(load).toHaveBeenCalledTimes(2)
      resolve(2)
      expect([await waiting, cache.peek('a')]).toEqual([2, 2])
      // One that cannot be renewed is answered until it is over.
      load.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(3)
      vi.advanceTimersByTime(700)
      expect(cache.peek('a')).toBe(2)
      await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(3))
      vi.advanceTimersByTime(300)
      expect(await cache.get('a', load)).toBe(3)
    } finally {
      vi.useRealTimers()
    }
  })
})
