import type { AnswerOf } from '../api/call.ts'
import { useWords } from '../words/use-words.ts'
import { paymentWords } from './words.ts'

type Step = AnswerOf<'GET /api/admin/payments/:id'>['history'][number]['step']

/** What a step in the history of a payment was. */
export function useStepText(): (step: Step) => string {
  const { states, steps } = useWords(paymentWords)
  const words = { ...states, ...steps }
  return (step) => words[step]
}

/** Why the outcome of a payment is unknown. What a provider says in its own words stays as it is. */
export function useDoubtText(): (reason: string) => string {
  const { doubts } = useWords(paymentWords)
  const words: Readonly<Record<string, string>> = doubts
  return (reason) => (words[reason] === undefined ? reason : `${words[reason]} (${reason})`)
}
