/**
 * Runs every step, one after the other, also when some fail: what must be stopped is stopped.
 * @throws what the one failed step threw, or an AggregateError of several
 */
export async function runAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
}

/**
 * Begins to stop everything at once and waits until all of it has: one that fails hides no other, and is not run away
 * from while the rest still works.
 * @throws what the one that failed threw, or an AggregateError of several
 */
export async function stopAllAtOnce(stops: readonly (() => Promise<unknown>)[]): Promise<void> {
  const ends = await Promise.allSettled(stops.map(async (stop) => stop()))
  throwAll(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : [])))
}

function throwAll(errors: readonly unknown[]): void {
  if (errors.length > 1) throw new AggregateError(errors, 'several steps failed')
  if (errors.length === 1) throw errors[0]
}
