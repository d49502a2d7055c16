import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const GREETER = join(EXAMPLES, 'greeter')
/** Folder of the example in Python. */
export const PATRON_MESSAGES = join(EXAMPLES, 'patron_messages')

/** A stranger that runs. */
export interface Stranger {
  output(): string
  /** Ends it, and waits until it has. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts the greeter as its README says. */
export function startGreeter(settings: Readonly<Record<string, string>>): Stranger {
  return startStranger(process.execPath, ['main.ts'], GREETER, settings)
}

/** Starts the sender of messages. @param python with what it needs */
export function startPatronMessages(python: string, settings: Readonly<Record<string, string>>): Stranger {
  return startStranger(python, ['main.py'], PATRON_MESSAGES, settings)
}

function startStranger(
  program: string,
  args: readonly string[],
  cwd: string,
  settings: Readonly<Record<string, string>>,
): Stranger {
  const { PATH = '', HOME = '/tmp' } = process.env
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, PYTHONDONTWRITEBYTECODE: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const gone = new Promise<void>((done) => child.once('close', () => done()))
  process.once('exit', () => child.kill('SIGKILL'))
  return { output: () => output, end: (signal) => end(child, gone, signal) }
}

async function end(child: ChildProcess, gone: Promise<void>, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  await gone
  return child.exitCode
}
