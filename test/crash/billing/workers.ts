import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { between, type Random } from '../plan.ts'
import { end, type World } from '../world.ts'
import { CONCURRENCY } from './storm.ts'

/** Processes that bill, each started again as soon as it has ended, until they are told to stop. */
export interface Workers {
  /** Kills one of them at once. @returns whether one was alive, and this ended it */
  kill(random: Random): Promise<boolean>
  /** Lets no more begin, and waits for the ends of those that work. */
  finish(): Promise<void>
  /** Kills them all; for the end of a run that failed. */
  stop(): Promise<void>
  /** How often each exit code came, kills by us left out. */
  exits: Map<number, number>
  /** Ends that must not be, with what the process said last. */
  unexpected: string[]
}

/** The run is complete, or something is left and it has to be started again. */
const EXPECTED: readonly number[] = [0, 3]
const AGAIN_AFTER_MS = 300
const MOST_UNEXPECTED = 5

export function startWorkers(world: World, count: number, date: Temporal.PlainDate): Workers {
  const alive = new Set<ChildProcess>()
  const condemned = new WeakSet<ChildProcess>()
  const exits = new Map<number, number>()
  const unexpected: string[] = []
  let over = false

  const work = async (n: number) => {
    while (!over && unexpected.length < MOST_UNEXPECTED) {
      const output = `worker-${n}.out`
      const child = await launchRun(world, date, output)
      alive.add(child)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      alive.delete(child)
      if (condemned.has(child)) continue
      const code = child.exitCode ?? -1
      exits.set(code, (exits.get(code) ?? 0) + 1)
      if (!EXPECTED.includes(code))
        unexpected.push(`a billing worker ended with code ${code}\n${await lastWords(world, output)}`)
      await pause(AGAIN_AFTER_MS)
    }
  }
  const working = Promise.all(Array.from({ length: count }, (_, n) => work(n + 1)))
  const kill = async (child: ChildProcess) => {
    condemned.add(child)
    await end(child, 'SIGKILL')
  }
  return {
    exits,
    unexpected,
    kill: async (random) => {
      const victim = [...alive][between(random, 0, Math.max(0, alive.size - 1))]
      if (victim === undefined) return false
      await kill(victim)
      return victim.signalCode === 'SIGKILL'
    },
    finish: async () => {
      over = true
      await working
    },
    stop: async () => {
      over = true
      await Promise.all([...alive].map(kill))
    },
  }
}

/** One billing process on the database as it is now. */
export async function launchRun(
  world: World,
  date: Temporal.PlainDate,
  output: string,
): Promise<ChildProcess> {
  const command = ['billing', 'run', '--date', date.toString(), '--concurrency', String(CONCURRENCY)]
  return world.launch(command, output, { DATABASE_URL: await world.databaseUrl() })
}

const LAST_WORDS = 20

export async function lastWords(world: World, output: string): Promise<string> {
  const text = await readFile(join(world.folder, output), 'utf8').catch(() => '')
  return `    ${text.trimEnd().split('\n').slice(-LAST_WORDS).join('\n    ')}`
}
