import { type Refused, refused } from '../../../platform/refusal.ts'

const EVERY_MS = 100

/**
 * Waits a short while for another request (or process) that is working on the same row, so that a doubled click gets
 * the same answer. Refusal: request_in_progress when it takes longer.
 */
export async function untilChanged<T extends { state: string }>(
  from: T,
  read: () => Promise<T | undefined>,
  forMs = 5_000,
): Promise<T | Refused<'request_in_progress'>> {
  const deadline = Date.now() + forMs
  while (Date.now() < deadline) {
    const current = await read()
    if (current && current.state !== from.state) return current
    await new Promise((done) => setTimeout(done, EVERY_MS))
  }
  return refused('request_in_progress', { retryAfterSeconds: 2 })
}
