import { type Refused, refused } from '../../platform/refusal.ts'
import type { PaymentsDeps } from './deps.ts'
import { type Attempt, readAttempt } from './store.ts'

const EVERY_MS = 100

/**
 * Waits a short while for another request (or process) that is working on the same attempt, so that a doubled
 * click gets the same answer. Refusal: request_in_progress when it takes longer.
 */
export async function untilMoved(
  deps: PaymentsDeps,
  from: Attempt,
  forMs = 5_000,
): Promise<Attempt | Refused> {
  const deadline = Date.now() + forMs
  while (Date.now() < deadline) {
    const attempt = await readAttempt(deps.db, from.id)
    if (attempt && attempt.state !== from.state) return attempt
    await new Promise((done) => setTimeout(done, EVERY_MS))
  }
  return refused('request_in_progress', { retryAfterSeconds: 2 })
}
