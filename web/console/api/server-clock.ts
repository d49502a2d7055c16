/** Less is the way of an answer, and the seconds that its date is told in. */
const SLACK_MS = 2_000

let aheadMs = 0

/** Learns from an answer how far the clock of the server is ahead of this device's. @param now milliseconds */
export function learnServerTime(answer: Pick<Response, 'headers'>, now = Date.now()): void {
  const told = Date.parse(answer.headers.get('date') ?? '')
  if (Number.isNaN(told)) return
  const ahead = told - now
  aheadMs = Math.abs(ahead) > SLACK_MS ? ahead : 0
}

/**
 * The time as the server has it, as far as an answer has told: a desk whose clock is wrong must not date returns by it.
 * @param now milliseconds of this device
 */
export function serverNow(now = Date.now()): Date {
  return new Date(now + aheadMs)
}
