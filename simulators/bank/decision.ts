import type { RowDraft } from './rows.ts'

/** An answer of one of the two APIs before faults get at it. */
export interface Answer {
  status: number
  body: Record<string, unknown> | readonly Record<string, unknown>[]
}

/**
 * What a call leads to: rows for the journal (none for reads and refusals) and the answer, which is made
 * after the rows have been applied to the state.
 */
export interface Decision {
  rows: RowDraft[]
  answer: () => Answer
}

/** A decision without effect. */
export function answerOnly(answer: Answer, rows: RowDraft[] = []): Decision {
  return { rows, answer: () => answer }
}
