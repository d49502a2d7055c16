import { isDeadlock, isTimeout } from '../../../platform/database/database.ts'

/** Times a transaction is begun in all; two that wait for each other do not meet so often in a row. */
const MOST_TRIES = 4

/**
 * Runs a transaction again that gave way to others (a deadlock, a lock that was not let go in time): nothing of it has
 * happened. For the answer of a provider, which exists only in the memory of this process; were it dropped, the
 * attempt would stay `sent` until its lease ends and then count as unknown, although its outcome was known, and a token
 * would be lost.
 * @throws the last error, when it still gives way after a few tries
 */
export async function insistOnCommit<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries >= MOST_TRIES || !(isDeadlock(error) || isTimeout(error))) throw error
    }
  }
}
