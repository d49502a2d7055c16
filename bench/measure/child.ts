import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A program of this checkout running beside the benchmark. */
export interface Running {
  /** Milliseconds from its start until it was ready. */
  readonly readyAfterMs: number
  readonly pid: number
  /** Stops it from computing, without ending it: what a yardstick must not have to share the machine with. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

const READY_LIMIT_MS = 120_000
const POLL_MS = 20

/** Starts a script under this Node and waits until `url` answers 200. Its errors appear on our standard error. */
export async function startScript(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  url: string,
): Promise<Running> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    await answering(child, url)
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
  const readyAfterMs = performance.now() - startedAt
  return {
    readyAfterMs,
    pid: child.pid ?? 0,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Waits until `url` answers 200. */
export async function answering(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === 200) return
    if (child.exitCode !== null) throw new Error(`the program for ${url} ended with code ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error(`${url} did not answer in time`)
    await new Promise((done) => setTimeout(done, POLL_MS))
  }
}

/** Runs a script to its end, its output on ours. Throws unless it ends well. */
export async function runScript(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'inherit' })
  await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${args.join(' ')} ended with code ${child.exitCode}`)
}
