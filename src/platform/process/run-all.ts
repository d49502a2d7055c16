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
  if (errors.length > 1) throw new AggregateError(errors, 'several steps failed')
  if (errors.length === 1) throw errors[0]
}
