import type { BreakerSettings, BreakerState } from '../../platform/resilience/breaker.ts'
import { createGuard } from '../../platform/resilience/guard.ts'
import type { StockKnown } from './rules/borrowing.ts'

export interface StockQuestion {
  bookId: string
  patronId: string
  copies: number
}

/** How the catalogue is asked: a function in the same process, or a request to another one. May fail or be slow. */
export type AskStock = (question: StockQuestion, signal: AbortSignal) => Promise<StockKnown>

export interface StockPort {
  /** Answers within the deadline: what the catalogue says, or `no_answer`. Never fails. */
  ask(question: StockQuestion): Promise<StockKnown>
}

export interface StockPortOptions {
  ask: AskStock
  /** How long a borrower waits for the catalogue, in milliseconds. */
  deadlineMs: number
  /** Questions at a time. */
  limit: number
  /** Told after each change of the breaker, for metrics and logs. */
  onStateChange(state: BreakerState): void
  breaker?: BreakerSettings
}

/** Half of the last 20 questions failed: 5 s without asking, then one at a time is tried. No storm on recovery. */
export const STOCK_BREAKER: BreakerSettings = {
  window: 20,
  minimumCalls: 10,
  failureRatio: 0.5,
  openMs: 5_000,
  halfOpenTrials: 3,
}

const NO_ANSWER: StockKnown = { kind: 'no_answer' }

/** The one synchronous call of the library, behind a breaker, a limit and a short deadline. */
export function guardedStock(options: StockPortOptions): StockPort {
  const guard = createGuard<StockKnown>({
    name: 'book.stock',
    limit: options.limit,
    acquireTimeoutMs: options.deadlineMs,
    breaker: options.breaker ?? STOCK_BREAKER,
    classify: (answer) => (answer.kind === 'no_answer' ? 'failure' : 'success'),
    onStateChange: ({ state }) => options.onStateChange(state),
  })
  return {
    ask: async (question) => {
      const answer = await guard.run((signal) => answered(options.ask, question, signal), {
        deadline: Date.now() + options.deadlineMs,
      })
      return answer.kind === 'not_sent' ? NO_ANSWER : answer
    },
  }
}

/** An answer that comes after the deadline, and a failure, are no answer. */
async function answered(ask: AskStock, question: StockQuestion, signal: AbortSignal): Promise<StockKnown> {
  const late = new Promise<StockKnown>((resolve) => {
    if (signal.aborted) resolve(NO_ANSWER)
    signal.addEventListener('abort', () => resolve(NO_ANSWER), { once: true })
  })
  return Promise.race([ask(question, signal).catch(() => NO_ANSWER), late])
}
