import type { AnswerOf } from '../api/call.ts'
import { Badge, type Tone } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { subscriptionWords } from './words.ts'

export type Subscription = AnswerOf<'GET /api/admin/subscriptions'>['data'][number]

/** After which events subscriptions are asked for again. */
export const SUBSCRIPTION_NEWS = ['shop.subscription.']

const TONES: Readonly<Record<Subscription['state'], Tone>> = {
  active: 'good',
  paused: 'waiting',
  past_due: 'bad',
  cancelled: 'plain',
}
export const STATES = Object.keys(TONES) as Subscription['state'][]

export function SubscriptionState({ state }: Pick<Subscription, 'state'>) {
  const t = useWords(subscriptionWords)
  return <Badge tone={TONES[state]}>{t.states[state]}</Badge>
}

export function usePeriodText(): (period: Subscription['period']) => string {
  const t = useWords(subscriptionWords)
  return ({ unit, count }) => (unit === 'days' ? t.days(count) : t.months(count))
}
