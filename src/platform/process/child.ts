import { spawn } from 'node:child_process'
import { UserError } from '../user-error.ts'

export interface Child {
  stop(): Promise<void>
  /** Resolves when it has ended, for whatever reason, with its last words. */
  ended: Promise<string>
}

/** On a machine with better things to do a program may need many times its usual second. */
const START_LIMIT_MS = 90_000
const SLOW_MS = 5_000

/**
 * Starts one of our own programs as a child that ends with us: it is given a pipe and told to exit when the pipe
 * closes, which the kernel does even if this process is killed.
 * @param ready resolves with undefined while it is not up yet
 */
export async function startChild(options: {
  name: string
  script: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  ready(): Promise<boolean>
  timeoutMs?: number
  /** Told once when it takes longer than usual. */
  onSlow?: () => void
}): Promise<Child> {
  const child = spawn(process.execPath, [options.script, ...options.args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
    // Ctrl-C in a terminal reaches the whole group; the child must outlive our drain.
    detached: true,
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  let exited = false
  const exit = new Promise<void>((done) => {
    child.once('exit', () => {
      exited = true
      done()
    })
    child.once('error', (error) => {
      complaint = error.message
      exited = true
      done()
    })
  })
  const startedAt = Date.now()
  const deadline = startedAt + (options.timeoutMs ?? START_LIMIT_MS)
  let told = false
  while (!(await options.ready())) {
    if (!told && Date.now() > startedAt + SLOW_MS) {
      told = true
      options.onSlow?.()
    }
    if (exited) throw new UserError(`${options.name} did not start: ${complaint.trim() || 'no reason given'}`)
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new UserError(`${options.name} did not answer in time. ${complaint.trim()}`)
    }
    await Promise.race([exit, new Promise((done) => setTimeout(done, 50))])
  }
  return {
    ended: exit.then(() => complaint.trim()),
    stop: async () => {
      if (exited) return
      child.kill('SIGTERM')
      const forced = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exit
      clearTimeout(forced)
    },
  }
}
