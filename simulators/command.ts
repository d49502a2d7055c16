import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What every simulator understands on its command line. */
const EVERY_SIMULATOR = {
  'exit-with-parent': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options']

/** Ends the process, and says why. */
export function stop(message: string): never {
  console.error(message)
  process.exit(1)
}

/** The options of the command line; the process ends when it asks for help, or says what nobody knows. */
export function readArguments<const T extends NonNullable<ParseArgsConfig['options']>>(
  options: T,
  help: string,
) {
  try {
    const { values } = parseArgs({ options: { ...options, ...EVERY_SIMULATOR } })
    if (!('help' in values && values.help)) return values
  } catch (error) {
    stop(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
  }
  console.log(help)
  process.exit(0)
}

/** A number of the command line; the process ends when it is none, or too large. */
export function wholeNumber(text: string, name: string, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > max)
    stop(`--${name} must be a whole number from 0 to ${max}, not "${text}".`)
  return value
}

/** What was started; the process ends when it could not be, mostly because somebody else has its port. */
export function started<T>(
  starting: Promise<T>,
  { who, port, setting }: { who: string; port: string; setting: string },
): Promise<T> {
  return starting.catch((error: unknown): never => {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      stop(`${port} is in use; choose another with --port or ${setting}.`)
    stop(`${who} could not start: ${error instanceof Error ? error.message : String(error)}`)
  })
}

/** Lets it run until somebody ends the process, or the parent that it shall not survive is gone. */
export function runUntilEnded(
  running: { close(): Promise<void> },
  { who, withParent }: { who: string; withParent: boolean },
): void {
  const close = () => {
    running.close().then(
      () => process.exit(0),
      (error: unknown) => stop(`${who} did not close cleanly: ${String(error)}`),
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close)
  // The kernel closes the pipe when the parent dies, however it dies.
  if (withParent) process.stdin.once('close', close).resume()
}
