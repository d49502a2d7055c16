import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '../../src/platform/resilience/poll-until.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** One of our own programs, running as a process of its own, as people start it. */
export interface Started {
  process: ChildProcess
  /** Everything it has printed so far, standard output and error together. */
  output(): string
  /** Resolves with the exit code (null when a signal ended it). */
  exit: Promise<number | null>
  /** Like a terminal: the signal goes to the program and all its children in its process group. */
  signal(signal: NodeJS.Signals): void
}

/** A new folder, gone when `remove` is called. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'pillivery-process-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/**
 * Starts `pillivery …` with nothing of this process's environment but what a program needs to run.
 * @param root where it is installed; default: these sources
 */
export function start(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  root = ROOT,
): Started {
  const { PATH = '', HOME = '/tmp' } = process.env
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    cwd: root,
    // What the demo's people buy beside a test would be in its figures.
    env: { PATH, HOME, DEMO_PURCHASES: 'off', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  // A process that is killed may take its end of a pipe away in the middle.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => {})
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const exit = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
  return {
    process: child,
    output: () => output,
    exit,
    signal: (signal) => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, signal)
    },
  }
}

/** Waits until the server has said where it is, and all the rest of its welcome. @returns its address */
export async function address(server: Started, deadlineMs = 60_000): Promise<string> {
  const ended = server.exit.then((code) => {
    throw new Error(`it ended with ${code} instead of running: ${server.output()}`)
  })
  const said = until(() => /running: (http:\/\/[^/\s]+)\/[\s\S]*Ctrl-C stops it/.exec(server.output())?.[1], {
    what: 'the welcome',
    deadlineMs,
    everyMs: 20,
  })
  return Promise.race([said, ended])
}

/** Command lines of all running processes that mention a folder: what somebody left behind. */
export async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,args='], { maxBuffer: 16_000_000 })
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(folder))
}
