import { firstPace, type Observed, observeAnswer, type Pace } from './pace.ts'

export interface Gate {
  /** Runs a call when the pace allows it; `judge` says what the answer tells about the provider. */
  run<T>(call: () => Promise<T>, judge: (result: T) => 'fine' | 'trouble'): Promise<T>
  pace(): Pace
}

/**
 * Holds calls to one provider back to the pace it can bear. Answers that come back after the pace was lowered are
 * waited for; no call is broken off.
 * @param monotonicNow milliseconds of a clock that never steps back
 */
export function createGate(most: number, monotonicNow: () => number): Gate {
  let pace = firstPace(most)
  let running = 0
  const waiting: (() => void)[] = []

  function letIn(): void {
    while (running < pace.limit) {
      const next = waiting.shift()
      if (!next) return
      running += 1
      next()
    }
  }

  async function enter(): Promise<void> {
    if (running < pace.limit && waiting.length === 0) {
      running += 1
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push(resolve)
    await promise
  }

  function leave(observed: Observed): void {
    running -= 1
    pace = observeAnswer(pace, observed)
    letIn()
  }

  return {
    pace: () => pace,
    run: async (call, judge) => {
      await enter()
      const begun = monotonicNow()
      let trouble = true
      try {
        const result = await call()
        trouble = judge(result) === 'trouble'
        return result
      } finally {
        leave({ ms: monotonicNow() - begun, trouble })
      }
    },
  }
}
