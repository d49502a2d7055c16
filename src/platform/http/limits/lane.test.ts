import { expect, it } from 'vitest'
import { createLane, type Entry } from './lane.ts'

const settings = { slots: 2, waiting: 3, perClient: 100, waitMs: 60_000 }

function leave(entry: Entry): void {
  if (entry.kind !== 'entered') throw new Error(entry.kind)
  entry.leave()
}

it('lets so many in, keeps so many waiting, and sends the rest away', async () => {
  const enter = createLane(settings)
  const inside = [await enter('a'), await enter('b')]
  const order: string[] = []
  const waiting = ['c', 'd', 'e'].map(async (name) => {
    const entry = await enter(name)
    order.push(name)
    return entry
  })
  expect(await enter('f')).toEqual({ kind: 'full' })
  for (const entry of inside) leave(entry)
  for (const entry of waiting) leave(await entry)
  expect(order).toEqual(['c', 'd', 'e'])
  // All slots are free again, and no more than there were.
  leave(await enter('g'))
  const again = [await enter('a'), await enter('b')]
  const late = createLane({ ...settings, slots: 0, waitMs: 1 })
  expect(await late('x')).toEqual({ kind: 'full' })
  for (const entry of again) leave(entry)
})

it('gives a slot back once, however often it is left', async () => {
  const enter = createLane({ ...settings, slots: 1, waiting: 0 })
  const entry = await enter('a')
  leave(entry)
  leave(entry)
  leave(await enter('a'))
  const one = await enter('a')
  expect(one.kind).toBe('entered')
  expect(await enter('b')).toEqual({ kind: 'full' })
})

it('has only so many of one client, at work or waiting', async () => {
  const enter = createLane({ ...settings, perClient: 2 })
  const first = await enter('greedy')
  const second = await enter('greedy')
  expect(await enter('greedy')).toEqual({ kind: 'too_many' })
  const other = enter('other')
  leave(first)
  leave(await other)
  leave(second)
  expect((await enter('greedy')).kind).toBe('entered')
})

it('a client that waited in vain may come again', async () => {
  const enter = createLane({ slots: 1, waiting: 5, perClient: 1, waitMs: 1 })
  const inside = await enter('a')
  expect(await enter('b')).toEqual({ kind: 'full' })
  leave(inside)
  expect((await enter('b')).kind).toBe('entered')
})
