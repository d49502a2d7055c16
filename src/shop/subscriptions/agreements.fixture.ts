/** For tests of the rules: one subscription in every state, and short words to ask for what was decided. */
import { won } from '../../platform/money.ts'
import { type CalendarPolicy, defaultCalendarPolicy } from './rules/period.ts'
import type { Decided, Decision, Receiver } from './rules/subscription.ts'
import { cycleFailed, openCycle } from './rules/subscription-billing.ts'
import { cancelSubscription, pauseSubscription } from './rules/subscription-pauses.ts'
import { newSubscription, type Start } from './rules/subscription-terms.ts'

export const policy: CalendarPolicy = { ...defaultCalendarPolicy, allowedDays: 'any', allowedMonths: 'any' }
export const date = (text: string) => Temporal.PlainDate.from(text)
/** An instant by the clock in Seoul. */
export const at = (text: string) => ({
  now: Temporal.ZonedDateTime.from(`${text}[Asia/Seoul]`).toInstant(),
  policy,
})
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
export const days = (count: number) => ({ unit: 'days', count })

export const receiver: Receiver = {
  name: '김영희',
  phone: '010-1234-5678',
  city: '서울특별시',
  addressDetail: '중구 세종대로 110',
  postalCode: '04524',
  deliveryNote: '',
}
export const input: Start = {
  id: 's1',
  customerId: 'c1',
  itemId: 'i1',
  methodId: 'm1',
  quantity: 2,
  period: days(30),
  unitPrice: won(10_000),
  receiver,
  firstPaidAt: at('2027-01-01T10:00').now,
}

export function ok(decision: Decision): Decided {
  if (decision.kind !== 'decided') throw new Error(`refused: ${decision.code}`)
  return decision
}
export const code = (decision: Decision) => (decision.kind === 'refused' ? decision.code : 'accepted')
export const types = (decision: Decision) => ok(decision).events.map(({ type }) => type)
export const agreed = (decision: Decision) => ok(decision).subscription
export const effect = (decision: Decision) => plain(ok(decision).takesEffect)

/** Started on 1 January 2027, due every 30 days: 31 Jan (2), 2 Mar (3), 1 Apr (4), 1 May (5). */
export const begun = agreed(newSubscription(input, at('2027-01-01T10:00')))
export const cycle2 = { no: 2, due: date('2027-01-31') }
export const cycle3 = { no: 3, due: date('2027-03-02') }
export const opened = agreed(openCycle(begun, cycle2))
export const paused = agreed(pauseSubscription(begun, null, at('2027-01-10T10:00')))
export const retryAt = { kind: 'retry_at', at: at('2027-02-01T02:00').now } as const
export const pastDue = agreed(cycleFailed(opened, 2, retryAt, at('2027-01-31T02:00')))
export const askAt = at('2027-01-31T02:00')
export const giveUpAt = askAt.now.add({ hours: 72 })
export const asked = agreed(
  cycleFailed(opened, 2, { kind: 'needs_new_method', giveUpAt, token: 'keep' }, askAt),
)
export const ended = cancelSubscription(
  begun,
  'customer_wish',
  'customer',
  at('2027-01-10T10:00'),
).subscription
