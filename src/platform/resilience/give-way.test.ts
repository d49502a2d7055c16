import { beforeEach, expect, it } from 'vitest'
import { createGivingWay } from './give-way.ts'

/** Milliseconds of a clock that goes on when somebody rests. */
let now = 0
const time = {
  now: () => now,
  pause: async (ms: number) => {
    now += ms
  },
}
beforeEach(() => {
  now = 1_000
})

const PORTION = 500

/** Events that come at an even pace for ten seconds. @returns how old each was when it was done, and how many portions it took */
async function handled(isPressed: boolean, perSecond: number, each: { ms: number; portionMs: number }) {
  const way = createGivingWay(() => isPressed, time)
  const start = now
  const come = Array.from({ length: 10 * perSecond }, (_, n) => start + (n * 1_000) / perSecond)
  const ages: number[] = []
  let portions = 0
  while (ages.length < come.length) {
    await way.rest()
    const portion = come.slice(ages.length, ages.length + PORTION).filter((at) => at <= now)
    if (portion.length === 0) {
      now = come[ages.length] ?? now
      continue
    }
    now += each.portionMs + portion.length * each.ms
    ages.push(...portion.map((at) => now - at))
    portions += 1
    way.took()
  }
  ages.sort((a, b) => a - b)
  return { oldest: ages.at(-1) ?? 0, portions }
}

const EACH = { ms: 0.5, portionMs: 5 }

it.each([150, 200, 500, 1_000])(
  'of %i events a second none waits for long while people do',
  async (perSecond) => {
    const pressed = await handled(true, perSecond, EACH)
    // A rest, and twice the work of what comes in one: those before it, and its own.
    expect(pressed.oldest).toBeLessThan(400)
    const free = await handled(false, perSecond, EACH)
    expect(free.oldest).toBeLessThan(pressed.oldest / 2)
    // Together they cost less.
    expect(pressed.portions).toBeLessThan(free.portions / 4)
  },
)

it('a backlog is worked off while people wait, nearly as fast as without them', async () => {
  const done = async (isPressed: boolean) => {
    const from = now
    const way = createGivingWay(() => isPressed, time)
    for (let left = 20_000; left > 0; left -= PORTION) {
      await way.rest()
      now += EACH.portionMs + PORTION * EACH.ms
      way.took()
    }
    return now - from
  }
  const alone = await done(false)
  expect(await done(true)).toBeLessThan(1.5 * alone)
})

it('whoever comes after a pause of their own need not rest', async () => {
  const way = createGivingWay(() => true, time)
  await way.rest()
  expect(now).toBe(1_000)
  way.took()
  now += 40
  await way.rest()
  expect(now).toBe(1_100)
  await way.rest()
  expect(now).toBe(1_100)
})
