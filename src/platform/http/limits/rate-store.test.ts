import { expect, it } from 'vitest'
import { createWindow, SketchStore } from './rate-store.ts'

const MINUTE = 60_000

function store() {
  let now = 1_000_000
  const kept = new SketchStore(undefined, () => now)
  const count = (key: string) => {
    let current = 0
    let ttl = 0
    kept.incr(
      key,
      (_error, result) => {
        current = result?.current ?? 0
        ttl = result?.ttl ?? 0
      },
      MINUTE,
    )
    return { current, ttl }
  }
  return {
    count,
    pass: (ms: number) => {
      now += ms
    },
  }
}

it('counts each key by itself, until the window ends', () => {
  const { count, pass } = store()
  expect([count('a'), count('a'), count('b')].map(({ current }) => current)).toEqual([1, 2, 1])
  pass(20_000)
  expect(count('a')).toEqual({ current: 3, ttl: 40_000 })
  pass(40_000)
  expect(count('a')).toEqual({ current: 1, ttl: MINUTE })
})

it('remembers a key however many others come between', () => {
  const { count } = store()
  for (let n = 0; n < 10; n++) count('target')
  for (let n = 0; n < 20_000; n++) count(`filler ${n}`)
  expect(count('target').current).toBeGreaterThanOrEqual(11)
})

it('rarely takes one key for another, and never by more than what others did', () => {
  const { count } = store()
  for (let n = 0; n < 2_000; n++) count(`busy ${n}`)
  const fresh = Array.from({ length: 500 }, (_, n) => count(`fresh ${n}`).current)
  expect(fresh.filter((current) => current > 1).length).toBeLessThan(10)
})

it('lets so many of a key through in a window, and says when the next one begins', () => {
  let now = 1_000_000
  const window = createWindow(2, MINUTE, () => now)
  expect([window('a'), window('a'), window('b')]).toEqual([undefined, undefined, undefined])
  now += 20_500
  expect([window('a'), window('b')]).toEqual([40, undefined])
  now += 39_500
  expect(window('a')).toBe(undefined)
})
