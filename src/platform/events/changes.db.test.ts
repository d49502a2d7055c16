import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { watchChanges } from './changes.ts'
import { type EventWorld, noting, openEvents } from './relay.fixture.ts'

let world: EventWorld
beforeAll(async () => {
  world = await openEvents()
})
afterAll(() => world.close())

it('those who listen are told once of what happens from then on, and by whom nobody asks for it no more', async () => {
  world.start([noting('somebody')])
  await world.publish(newId(), 1, 1)
  await world.untilDelivered('somebody')
  const changes = watchChanges(world.database.db, createLog('silent'), 20)
  const [first, second]: string[][] = [[], []]
  const endFirst = changes.listen((types) => void first?.push(...types))
  const endSecond = changes.listen((types) => void second?.push(...types))
  // Whoever begins to listen is at the end of the log after a look; events of before are not told.
  const told = async (list: string[] | undefined, count: number) => {
    await world.publish(newId(), 1, 1)
    return until(async () => list !== undefined && list.length >= count && list, {
      deadlineMs: 10_000,
      what: 'to be told of an event',
    })
  }
  await until(
    async () => {
      await world.publish(newId(), 1, 1)
      return (first?.length ?? 0) > 0
    },
    { deadlineMs: 10_000, what: 'the first event to be told' },
  )
  expect(new Set(first)).toEqual(new Set(second))
  endFirst()
  const before = first?.length
  await told(second, (second?.length ?? 0) + 1)
  expect(first?.length).toBe(before)
  endSecond()
  await changes.stop()
  await world.stopAll()
})
