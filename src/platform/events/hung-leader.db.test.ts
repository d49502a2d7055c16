import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { newId } from '../ids.ts'
import { type EventWorld, noting, openEvents } from './relay.fixture.ts'

let world: EventWorld
const children: ChildProcess[] = []
beforeAll(async () => {
  world = await openEvents()
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await world.stopAll()
})
afterAll(() => world.close())

/** Another process that leads; `says` resolves once it has printed the line. */
function otherProcess(subscriber: string, together = 1) {
  const script = fileURLToPath(new URL('./relay-child.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, [script, world.database.url, subscriber, String(together)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines = new Set<string>()
  const waiting = new Map<string, () => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.add(line)
    waiting.get(line)?.()
  })
  const says = (line: string) =>
    new Promise<void>((done) => {
      if (lines.has(line)) done()
      else waiting.set(line, done)
    })
  return { child, says }
}

const quick = { pollMs: 50, leaseMs: 2_000, hungAfterMs: 1_000 }

it('a leader that hangs while its connection stands is replaced, and does no harm when it goes on', async () => {
  const { child, says } = otherProcess('hung')
  await says('leads')
  const here = world.start([noting('hung')], quick)
  const subject = newId()
  await world.publish(subject, 1, 1)
  await world.untilHandled('hung', 1, subject)
  expect(here.leads('hung')).toBe(false)

  child.kill('SIGSTOP')
  const [second, third] = [newId(), newId()]
  await world.publish(second, 1, 10)
  expect(await world.untilHandled('hung', 1, second)).toEqual([10])
  expect(here.leads('hung')).toBe(true)

  child.kill('SIGCONT')
  for (const n of [1, 2, 3, 4, 5]) await world.publish(third, n, n * 100)
  expect(await world.untilHandled('hung', 5, third)).toEqual([100, 200, 300, 400, 500])
  await world.untilDelivered('hung')
  expect(await world.handled('hung', second)).toEqual([10])
})

it.each([1, 3])(
  'one that hangs in the middle of an effect loses its transaction, and the effect happens elsewhere (%i at a time)',
  async (together) => {
    const name = `midway-${together}`
    const { child, says } = otherProcess(name, together)
    await says('leads')
    const subject = newId()
    for (const n of [1, 2, 3]) await world.publish(subject, n, n)
    await says('handling')
    child.kill('SIGSTOP')
    const here = { ...noting(name), together }
    world.start([here], { ...quick, now: () => Temporal.Now.instant().add({ hours: 1 }) })
    expect(await world.untilHandled(name, 3, subject)).toEqual([1, 2, 3])
    child.kill('SIGCONT')
    await world.untilDelivered(name)
    expect(await world.handled(name, subject)).toEqual([1, 2, 3])
  },
)

it('one that is killed is replaced at once, long before its lease ends', async () => {
  const { child, says } = otherProcess('killed')
  await says('leads')
  child.kill('SIGKILL')
  // Nobody may take a lease of two seconds for dead before, except by the lock of its session.
  world.start([noting('killed')], { ...quick, leaseMs: 600_000 })
  const subject = newId()
  await world.publish(subject, 1, 1)
  expect(await world.untilHandled('killed', 1, subject)).toEqual([1])
})
