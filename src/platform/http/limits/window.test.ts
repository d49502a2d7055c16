import { expect, it } from 'vitest'
import { createSketch, createWindow } from './window.ts'

const MINUTE = 60_000

it('remembers a key however many others come between', () => {
  const { add } = createSketch()
  for (let n = 0; n < 10; n++) add('target')
  for (let n = 0; n < 20_000; n++) add(`filler ${n}`)
  expect(add('target')).toBeGreaterThanOrEqual(11)
})

it('rarely takes one key for another, and never by more than what others did', () => {
  const { add } = createSketch()
  for (let n = 0; n < 2_000; n++) add(`busy ${n}`)
  const fresh = Array.from({ length: 500 }, (_, n) => add(`fresh ${n}`))
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
