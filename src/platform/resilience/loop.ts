import { MAX_TIMER_MS } from './timer.ts'

export type LoopOptions = Readonly<{
  /** For logs and metrics. */
  name: string
  /** Pause between the end of a turn and the begin of the next, in milliseconds. */
  intervalMs: number
  /**
   * One turn. Returning `'more'` asks for the next turn at once (a full batch was found); anything else waits for the
   * interval. The signal aborts when the loop is asked to stop.
   */
  run: (signal: AbortSignal) => Promise<unknown>
  /** Told of every turn that failed; what it throws itself is ignored, so that reporting can not end the loop. */
  onError: (
    error: unknown,
    failed: Readonly<{ name: string; consecutive: number; retryInMs: number }>,
  ) => void
  /** Longest pause after repeated errors, in milliseconds. Default 60,000, and never under `intervalMs`. */
  maxBackOffMs?: number
  /** Aborting it stops the loop. */
  signal?: AbortSignal
}>

export type Loop = Readonly<{
  /**
   * Starts the next turn now. During a turn: runs once more right after it, so nothing that came up meanwhile is
   * missed. During the pause after an error it changes nothing: an ailing database is not asked more often.
   */
  wake(): void
  /** No further turn; resolves when the running one has ended. May be called more than once. */
  stop(): Promise<void>
}>

/**
 * Runs a job for ever in the background: the first turn at once, then one after another, never two at a time. A turn
 * that fails is reported and the pause doubles with each further failure; it never ends the loop.
 */
export function every(options: LoopOptions): Loop {
  const stopping = new AbortController()
  let woken = false
  let current: { end: () => void; wakeable: boolean } | undefined

  /** Resolves after the time, when stopped, or (if it may be woken) when woken. */
  async function pause(ms: number, wakeable: boolean): Promise<void> {
    if (stopping.signal.aborted || (wakeable && woken)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS))
    current = { end: resolve, wakeable }
    await promise
    current = undefined
    clearTimeout(timer)
  }

  async function turns(): Promise<void> {
    let failures = 0
    while (!stopping.signal.aborted) {
      woken = false
      try {
        const result = await options.run(stopping.signal)
        failures = 0
        // Even a loop that always has more lets timers and sockets of the process have their turn.
        await (result === 'more' ? new Promise(setImmediate) : pause(options.intervalMs, true))
      } catch (error) {
        failures += 1
        const retryInMs = backOffMs(failures, options.intervalMs, options.maxBackOffMs)
        report(error, failures, retryInMs)
        await pause(retryInMs, false)
      }
    }
  }

  function report(error: unknown, consecutive: number, retryInMs: number): void {
    try {
      options.onError(error, { name: options.name, consecutive, retryInMs })
    } catch {
      // Documented: a broken reporter must not end the loop.
    }
  }

  const stop = () => {
    stopping.abort()
    current?.end()
  }
  if (options.signal?.aborted === true) stop()
  options.signal?.addEventListener('abort', stop, { once: true })
  const ended = Promise.resolve()
    .then(turns)
    .finally(() => options.signal?.removeEventListener('abort', stop))
  return {
    wake() {
      woken = true
      if (current?.wakeable === true) current.end()
    },
    async stop() {
      stop()
      await ended
    },
  }
}

/** The pause after the n-th failure in a row, in milliseconds: the interval (at least 100 ms), doubled each time. */
export function backOffMs(failures: number, intervalMs: number, maxMs = 60_000): number {
  return Math.min(Math.max(maxMs, intervalMs), Math.max(100, intervalMs) * 2 ** Math.min(failures - 1, 30))
}
