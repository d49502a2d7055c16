import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Proof } from './proof.ts'

/** The root of the checkout. */
export const ROOT = resolve(import.meta.dirname, '../../..')

/** The arguments of a command line without quotes. */
export function words(line: string): string[] {
  return line.split(/\s+/)
}

export interface Ran {
  code: number
  /** Standard output. */
  out: string
  /** Standard output and error together. */
  all: string
}

export interface RunOptions {
  env?: Readonly<Record<string, string>>
  cwd?: string
  /** Fed to standard input. */
  input?: string | Buffer
  /** Milliseconds after which it is ended. Default: 15 minutes. */
  within?: number
}

const WITHIN_MS = 15 * 60_000

/** Runs a program to its end; any exit code is an answer. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.within ?? WITHIN_MS,
    })
    let out = ''
    let all = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      all += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      all += chunk.toString()
    })
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? -1, out, all }))
    // Who does not read its input may have ended before it is all written.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input)
  })
}

/** Runs a program that must succeed. @returns its standard output @throws with all it said when it does not */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, out, all } = await attempt(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${all.slice(-4_000)}`)
  return out
}

export interface Running {
  child: ChildProcess
  exit: Promise<number | null>
  /** Ends it, kindly first. */
  stop(): Promise<void>
}

const STOP_WITHIN_MS = 25_000

/** Starts a program that stays until the proof ends. What it says goes to a file in the proof's folder. */
export function keep(
  proof: Proof,
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const log = createWriteStream(`${proof.folder}/${name}.log`, { flags: 'a' })
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const exit = new Promise<number | null>((ended) => {
    child.once('close', (code) => ended(code))
    child.once('error', () => ended(null))
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const cut = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
    await exit
    clearTimeout(cut)
  }
  proof.after(stop)
  return { child, exit, stop }
}

/** Whether a program is in the PATH. */
export async function has(command: string): Promise<boolean> {
  return (await attempt('sh', ['-c', `command -v ${command}`])).code === 0
}
