export type UntilOptions = Readonly<{
  /** How long to keep trying, in milliseconds. */
  deadlineMs: number
  /** Pause between two looks, in milliseconds. Default 10. */
  everyMs?: number
  /** What is awaited, for the error: `until(…, { what: 'the order to be paid' })`. */
  what: string
}>

/**
 * Looks again and again until the condition gives something truthy, and returns that. For tests and tools, in the
 * place of sleeping. A condition that throws counts as "not yet".
 * @throws an error naming `what` once the time is up, even if the condition itself hangs; its cause is the last error
 *   the condition threw
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { deadlineMs, everyMs = 10, what }: UntilOptions,
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | ''>> {
  const endsAt = performance.now() + deadlineMs
  const timeUp = Symbol('time up')
  let lastError: unknown
  for (;;) {
    const { promise: alarm, resolve: ring } = Promise.withResolvers<typeof timeUp>()
    const timer = setTimeout(() => ring(timeUp), Math.max(0, endsAt - performance.now()))
    try {
      const look = (async () => condition())()
      const seen = await Promise.race([look, alarm])
      if (seen === timeUp) break
      if (isThere(seen)) return seen
    } catch (error) {
      lastError = error
    } finally {
      clearTimeout(timer)
    }
    if (performance.now() >= endsAt) break
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  throw new Error(
    `waited ${deadlineMs} ms in vain for ${what}`,
    lastError === undefined ? {} : { cause: lastError },
  )
}

function isThere<T>(value: T): value is Exclude<T, false | null | undefined | 0 | ''> {
  return Boolean(value)
}
