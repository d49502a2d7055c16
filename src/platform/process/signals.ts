/** Signals that ask a program to end: Ctrl-C, a service manager, a terminal that is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type EndSignal = (typeof SIGNALS)[number]

/** Why work was given up; the reason of the abort signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly signal: EndSignal
  constructor(signal: EndSignal) {
    super(`asked to end by ${signal}`)
    this.signal = signal
  }
}

/**
 * Listens to the signals that ask to end, from now on: what is under way gives up or drains when it sees the abort,
 * and stops what it has started. A second one ends the process at once, which loses nothing that was committed.
 */
export function hearSignals(process: NodeJS.Process): AbortSignal {
  const stopping = new AbortController()
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // The terminal is gone, and with it where its user's words went.
      if (signal === 'SIGHUP') for (const out of [process.stdout, process.stderr]) out.on('error', () => {})
      // Closing a terminal sends more than one; that is no impatience.
      else if (stopping.signal.aborted) process.exit(130)
      stopping.abort(new Interrupted(signal))
    })
  }
  return stopping.signal
}
