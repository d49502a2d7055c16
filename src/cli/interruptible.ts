/** What a shell expects of a program that was stopped by Ctrl-C. */
export const INTERRUPTED = 130

/** Tells the person at the terminal, once, that they were heard; what is under way then ends at the next good moment. */
export async function interruptible<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const tell = () => console.error('\nStopping …')
  signal.addEventListener('abort', tell, { once: true })
  try {
    return await work(signal)
  } finally {
    signal.removeEventListener('abort', tell)
  }
}
