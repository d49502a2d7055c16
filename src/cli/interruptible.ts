/** What a shell expects of a program that was stopped by Ctrl-C. */
export const INTERRUPTED = 130

/**
 * Runs work that the first Ctrl-C (or SIGTERM) asks to stop at the next good moment; a second one ends the process
 * at once, which loses nothing that was committed.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  const stop = () => {
    stopping.abort()
    console.error('\nStopping …')
    release()
  }
  const release = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await work(stopping.signal)
  } finally {
    release()
  }
}
