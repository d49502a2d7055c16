import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from '../src/platform/resilience/poll-until.ts'
import { UserError } from '../src/platform/user-error.ts'
import { type Member, type Place, settingsOf } from './plan.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const READY_WITHIN_MS = 120_000
/** Longer than a drain takes before it gives up by itself. */
const END_WITHIN_MS = 25_000
const RESTART_AFTER_MS = 1_000

export interface Children {
  /** Process ids by name; those that are being started again are missing. */
  pids(): ReadonlyMap<string, number>
  /**
   * Ends one at once, as a crash would; it is started again.
   * @param downMs how long it stays away, in milliseconds
   */
  kill(name: string, downMs?: number): void
  /** Drains one and starts it again, as a new release would; resolves when it is ready. */
  replace(name: string): Promise<void>
  /** Resolves when all answer that they are ready. */
  waitUntilReady(names?: readonly string[]): Promise<void>
  /** Who ended without being told to, and how. */
  ended(): readonly string[]
  /** Drains the entry first and those it leads to after it. */
  stop(): Promise<void>
}

/**
 * Starts all processes, each when those it needs are ready, and starts again what dies. They end when this process
 * does, however it does: their input is a pipe that the kernel closes.
 * @throws UserError when one does not become ready
 */
export async function startChildren(
  members: readonly Member[],
  place: Place,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Children> {
  await mkdir(join(place.folder, 'logs'), { recursive: true })
  const running = new Map<string, ChildProcess>()
  /** How long those stay away who were told to end. */
  const told = new WeakMap<ChildProcess, number>()
  const ended: string[] = []
  let stopping = false

  const launch = (member: Member): ChildProcess => {
    const words = openSync(join(place.folder, 'logs', `${member.name}.out`), 'a')
    const { PATH = '', HOME = '/tmp' } = process.env
    const child = spawn(process.execPath, [MAIN, 'serve', '--exit-with-parent'], {
      env: { PATH, HOME, ...settingsOf(member, place) },
      stdio: ['pipe', words, words],
      // Ctrl-C in a terminal reaches whole groups; we say ourselves who ends when.
      detached: true,
    })
    child.stdin?.on('error', () => {})
    running.set(member.name, child)
    child.once('exit', (code, by) => {
      running.delete(member.name)
      if (stopping) return
      const downMs = told.get(child)
      if (downMs === undefined) ended.push(`${member.name} ended by itself (${by ?? code})`)
      say(`${member.name} ended (${by ?? code}); starting it again`)
      void pause(downMs ?? RESTART_AFTER_MS).then(() => stopping || launch(member))
    })
    return child
  }

  const isReady = async (name: string): Promise<boolean> => {
    const url = `http://127.0.0.1:${place.ports.get(name)}/health/ready`
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined)
    await answer?.body?.cancel()
    return answer?.ok === true
  }
  const ready = async (member: Member): Promise<void> => {
    const child = launch(member)
    const ended = new Promise<never>((_, reject) =>
      child.once('exit', (code) =>
        reject(
          new UserError(
            `${member.name} did not start (${code}). Its words: ${place.folder}/logs/${member.name}.out`,
          ),
        ),
      ),
    )
    ended.catch(() => {})
    const answers = until(async () => (await isReady(member.name)) || signal.aborted, {
      what: `${member.name} to be ready`,
      deadlineMs: READY_WITHIN_MS,
      everyMs: 100,
    })
    await Promise.race([answers, ended])
    signal.throwIfAborted()
    say(`${member.name.padEnd(14)} ready`)
  }

  const stop = async () => {
    stopping = true
    await end(running.get('gateway'))
    await Promise.all([...running.values()].map((child) => end(child)))
  }

  try {
    const started = new Map<string, Promise<void>>()
    for (const member of members) {
      const before = member.after.flatMap((name) => started.get(name) ?? [])
      started.set(
        member.name,
        Promise.all(before).then(() => ready(member)),
      )
    }
    await Promise.all(started.values())
  } catch (error) {
    await stop()
    throw error
  }
  const waitUntilReady = async (names: readonly string[] = members.map(({ name }) => name)) => {
    await Promise.all(
      names.map((name) =>
        until(() => running.has(name) && isReady(name), {
          what: `${name} to be ready`,
          deadlineMs: READY_WITHIN_MS,
          everyMs: 50,
        }),
      ),
    )
  }
  return {
    pids: () =>
      new Map([...running].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const]))),
    kill: (name, downMs = RESTART_AFTER_MS) => {
      const child = running.get(name)
      if (!child) return
      told.set(child, downMs)
      child.kill('SIGKILL')
    },
    replace: async (name) => {
      const child = running.get(name)
      if (!child) throw new UserError(`${name} does not run`)
      told.set(child, 0)
      await end(child)
      await waitUntilReady([name])
    },
    waitUntilReady,
    ended: () => ended,
    stop,
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const late = new AbortController()
  const forced = pause(END_WITHIN_MS, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  await gone
  late.abort()
  await forced
}
