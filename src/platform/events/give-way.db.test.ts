/** A process that is asked for more than it can do, and the events of what it does. */
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transact } from '../database/database.ts'
import { createAdmission } from '../http/limits/admission.ts'
import { buildServer } from '../http/server.ts'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { systemClock } from '../time/clock.ts'
import { appendEvents } from './outbox.ts'
import { counted, type EventWorld, noting, openEvents } from './relay.fixture.ts'

let world: EventWorld
beforeAll(async () => {
  world = await openEvents()
})
afterAll(() => world.close())

const PEOPLE = 40
/** What waits before anybody comes is more than one portion. */
const BACKLOG = 1_200
const EARLY = 200
/** People, server and events share one thread here, and that with other tests: alone it takes three to eight seconds. */
const WITHIN_MS = 60_000

it('a backlog and what comes are handled while people wait for answers, who go on until then', {
  timeout: 4 * WITHIN_MS,
}, async () => {
  const admission = createAdmission({ floor: 4, ceiling: 4 })
  const { db } = world.database
  const old = Array.from({ length: BACKLOG }, (_, index) => counted.of(newId(), 1, { n: index + 1 }))
  await transact(db, (tx) => appendEvents(tx, 'test', systemClock.now(), old))
  let n = BACKLOG
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.post('/api/notes', { config: { audience: 'anyone' } }, async () => {
          n += 1
          await world.publish(newId(), 1, n)
          return {}
        })
      },
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
    admission,
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: PEOPLE })
  const counts = { accepted: 0, refused: 0, other: 0 }
  const ask = () =>
    new Promise<void>((done, failed) => {
      const asked = request(`${origin}/api/notes`, { method: 'POST', agent }, (response) => {
        const kind = ({ 200: 'accepted', 503: 'refused' } as const)[response.statusCode ?? 0] ?? 'other'
        counts[kind] += 1
        response.resume().on('end', done)
      })
      asked.on('error', failed).end()
    })
  let goesOn = true
  let pressed = 0
  let looks = 0
  const isPressed = () => {
    looks += 1
    if (admission.isPressed()) pressed += 1
    return admission.isPressed()
  }
  world.start([noting('flooded')], { isPressed })
  const people = Array.from({ length: PEOPLE }, async () => {
    while (goesOn) await ask()
  })
  try {
    await until(() => counts.accepted >= EARLY, { deadlineMs: WITHIN_MS, what: 'people to be let in' })
    const early = n
    const handled = await until(
      async () => {
        const list = await world.handled('flooded')
        return list.length >= early && list
      },
      { deadlineMs: WITHIN_MS, everyMs: 50, what: 'what was done first to be heard of, while more is done' },
    )
    expect(handled.toSorted((a, b) => a - b).slice(0, BACKLOG + EARLY)).toEqual(
      Array.from({ length: BACKLOG + EARLY }, (_, index) => index + 1),
    )
    expect(counts.refused).toBeGreaterThan(0)
    // It did give way: nearly each time it looked somebody waited.
    expect(pressed).toBeGreaterThan(looks / 2)
  } finally {
    goesOn = false
    await Promise.all(people)
    agent.destroy()
    await app.close()
  }
  expect(counts.other).toBe(0)
  const all = BACKLOG + counts.accepted
  expect(await world.untilHandled('flooded', all)).toHaveLength(all)
})
