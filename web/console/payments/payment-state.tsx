import type { AnswerOf } from '../api/call.ts'
import { Badge, type Tone } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { paymentWords } from './words.ts'

export type PaymentState = AnswerOf<'GET /api/admin/payments/:id'>['payment']['state']

const TONES: Readonly<Record<PaymentState, Tone>> = {
  created: 'plain',
  awaiting_customer: 'plain',
  authorised: 'plain',
  sent: 'waiting',
  unknown: 'bad',
  succeeded: 'good',
  succeeded_late: 'waiting',
  declined: 'plain',
  cancelled: 'plain',
  expired: 'plain',
  failed: 'plain',
}
export const PAYMENT_STATES = Object.keys(TONES) as PaymentState[]

/** The state a text names. */
export function stateOf(state: string): PaymentState | undefined {
  return PAYMENT_STATES.find((known) => known === state)
}

export function PaymentBadge({ state }: { state: PaymentState }) {
  const t = useWords(paymentWords)
  return <Badge tone={TONES[state]}>{t.states[state]}</Badge>
}
