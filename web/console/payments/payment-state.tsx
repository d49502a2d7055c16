import { Badge, type Tone } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { paymentWords } from './words.ts'

export const PAYMENT_STATES = [
  'created',
  'awaiting_customer',
  'authorised',
  'sent',
  'unknown',
  'succeeded',
  'succeeded_late',
  'declined',
  'cancelled',
  'expired',
  'failed',
] as const
export type PaymentState = (typeof PAYMENT_STATES)[number]

const TONES: Readonly<Partial<Record<PaymentState, Tone>>> = {
  unknown: 'bad',
  sent: 'waiting',
  succeeded: 'good',
  succeeded_late: 'waiting',
}

/** The API calls the state a text; one it has added is shown as it is. */
export function stateOf(state: string): PaymentState | undefined {
  return PAYMENT_STATES.find((known) => known === state)
}

export function PaymentBadge({ state }: { state: string }) {
  const t = useWords(paymentWords)
  const known = stateOf(state)
  return known === undefined ? (
    <Badge>{state}</Badge>
  ) : (
    <Badge tone={TONES[known] ?? 'plain'}>{t.states[known]}</Badge>
  )
}
