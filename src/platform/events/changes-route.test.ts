import { expect, it } from 'vitest'
import { messages } from './changes-route.ts'

/** Who watches changes that are told by hand. */
function watching({ everyMs }: { everyMs: number }) {
  const heard: ((types: readonly string[]) => void)[] = []
  const seen = { asked: 0, isWelcome: true }
  const changes = {
    listen: (hear: (types: readonly string[]) => void) => {
      heard.push(hear)
      return () => {}
    },
    stop: async () => {},
  }
  const isWelcome = async () => {
    seen.asked += 1
    return seen.isWelcome
  }
  const stream = messages(changes, new AbortController().signal, isWelcome, everyMs)
  const next = async () => {
    for (const hear of heard) hear(['shop.order.placed'])
    return stream.next()
  }
  return { seen, next }
}

it('tells nothing more to whoever has to go, also while things happen all the time', async () => {
  const { seen, next } = watching({ everyMs: 0 })
  expect((await next()).value).toContain('event: ready')
  expect((await next()).value).toContain('shop.order.placed')
  seen.isWelcome = false
  expect(await next()).toEqual({ done: true, value: undefined })
})

it('does not ask at every event', async () => {
  const { seen, next } = watching({ everyMs: 60_000 })
  await next()
  for (let told = 0; told < 3; told += 1) expect((await next()).value).toContain('event: changed')
  expect(seen.asked).toBe(0)
})
