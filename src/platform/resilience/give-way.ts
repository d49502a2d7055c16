import { setTimeout as pause } from 'node:timers/promises'

/** How long there is at least between two portions while people wait for an answer, in milliseconds. */
const REST_MS = 100

/** How work in the background gives way to people who wait for an answer of the same process. */
export interface GivingWay {
  /** Waits until it may take its next portion, which is all that has come until then. */
  rest(): Promise<void>
  /** Tells that a portion is done. */
  took(): void
}

/**
 * Work in the background and answering people need the same processors. While people wait for a process, work that comes
 * in portions is done a few times a second and not at once: what comes meanwhile comes together, and costs less than one
 * by one. A rest has an end and what is taken after it has no limit because of it, so nothing falls behind by this.
 * @param isPressed whether people wait for this process
 * @param time milliseconds of a clock that only goes forward, and a pause of so many
 */
export function createGivingWay(
  isPressed: () => boolean,
  time: { now(): number; pause(ms: number): Promise<unknown> } = { now: () => performance.now(), pause },
): GivingWay {
  let tookAt = -Infinity
  return {
    rest: async () => {
      const restMs = tookAt + REST_MS - time.now()
      if (restMs > 0 && isPressed()) await time.pause(restMs)
    },
    took: () => {
      tookAt = time.now()
    },
  }
}
