import Type, { type Static } from 'typebox'
import { Uuid } from '../../../platform/http/app.ts'
import {
  AddressSchema,
  Day,
  Instant,
  orNull,
  PeriodSchema,
  WonAmount,
} from '../../../platform/http/schemas.ts'
import { times } from '../../../platform/money.ts'
import type { ItemForSale } from '../../catalog/index.ts'
import { toOrder } from '../receivers.ts'
import { currentPeriod, type PlannedCycle, plannedCycles } from '../rules/billing-calendar.ts'
import { type CycleState, endOfWaiting, FAIL_REASONS, FREEZE_REASONS, SKIP_REASONS } from '../rules/cycle.ts'
import { businessDay, cutOffOf } from '../rules/period.ts'
import {
  type At,
  amountDue,
  CANCEL_REASONS,
  CANCELLERS,
  chargeDay,
  latestTerms,
  nextCharge,
  type Subscription,
  termsOn,
} from '../rules/subscription.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import type { Stored } from '../store/subscription-store.ts'

export const SUBSCRIPTION_STATES = ['active', 'paused', 'past_due', 'cancelled'] as const
export const StateSchema = Type.Unsafe<Subscription['state']>({
  type: 'string',
  enum: [...SUBSCRIPTION_STATES],
})

const CycleAheadSchema = Type.Object({ cycleNo: Type.Integer(), due: Day('When it is charged, in Seoul') })
const TakesEffectSchema = orNull(
  CycleAheadSchema,
  'The first charge a change holds for; null while none is ahead',
)

const UpcomingSchema = Type.Object({
  cycleNo: Type.Integer(),
  due: Day('Due date'),
  chargeOn: Day('When it is charged, in Seoul: later than `due` when its notice came late'),
  plan: Type.Unsafe<PlannedCycle['plan']>({ type: 'string', enum: ['charge', 'skipped', 'paused'] }),
  quantity: Type.Integer(),
  amount: WonAmount('What is charged'),
  changeableUntil: Instant('Until when it can still be changed'),
})

const CycleStateSchema = Type.Unsafe<CycleState>({
  type: 'string',
  enum: ['due', 'ordering', 'charging', 'paid', 'declined', 'frozen', 'skipped', 'failed'],
})

const CycleSchema = Type.Object({
  cycleNo: Type.Integer(),
  due: Day('Due date'),
  state: CycleStateSchema,
  orderId: orNull(Uuid, 'Its order'),
  paidAt: orNull(Instant(), 'When it was paid'),
  reason: orNull(
    Type.Enum([...new Set([...SKIP_REASONS, ...FAIL_REASONS, ...FREEZE_REASONS])]),
    'Why it was skipped, has failed, or is held fast',
  ),
})

const summary = {
  id: Uuid,
  customerId: Uuid,
  state: StateSchema,
  item: Type.Object({
    id: Uuid,
    name: orNull(Type.String(), 'Null when the catalogue does not know the item any more'),
    enterprise: orNull(Type.String(), 'Brand'),
    thumbnail: orNull(Type.String(), 'Picture'),
    isSold: Type.Boolean({ description: 'False: off sale, so that nothing of it can be delivered' }),
  }),
  quantity: Type.Integer(),
  unitPrice: WonAmount('Agreed price of one piece'),
  amount: WonAmount('Agreed price of a delivery'),
  period: PeriodSchema,
  anchor: Day('Day of the first payment, from which all charges are counted'),
  nextCharge: orNull(
    Type.Object({
      cycleNo: Type.Integer(),
      due: Day('Due date'),
      chargeOn: Day('When it is charged, in Seoul: later than `due` when its notice came late'),
    }),
    'Null while none is ahead',
  ),
  needsMethod: Type.Boolean({ description: 'There is no payment method, or a new one is asked for' }),
  paymentMethodId: orNull(Uuid, 'Stored payment method'),
  pendingPrice: Type.Union([
    Type.Object({ unitPrice: WonAmount('Proposed price of one piece'), proposedAt: Instant('When') }),
    Type.Null(),
  ]),
  pause: Type.Union([
    Type.Object({ from: Day('First day'), until: orNull(Day(), 'First day after it; null until resumed') }),
    Type.Null(),
  ]),
  overdue: Type.Union([
    Type.Object({
      cycleNo: Type.Integer(),
      due: Day('Due date'),
      amount: WonAmount('What is owed'),
      waitingFor: Type.Unsafe<'retry' | 'new_method'>({ type: 'string', enum: ['retry', 'new_method'] }),
      until: Instant('When it is tried again, or until when a new method is awaited'),
    }),
    Type.Null(),
  ]),
  firstOrderId: Uuid,
  startedAt: Instant('When the first payment was made'),
  cancelledAt: orNull(Instant(), 'When it ended'),
  cancelReason: orNull(Type.Enum([...CANCEL_REASONS]), 'Why it ended'),
  cancelledBy: orNull(Type.Enum([...CANCELLERS]), 'Who ended it'),
}

/** A subscription in a list. */
export const SubscriptionSchema = Type.Object(summary)

/** A subscription with what comes next and what has been. */
export const SubscriptionDetailSchema = Type.Object({
  ...summary,
  receiver: Type.Object({
    name: Type.String(),
    phone: Type.String({ description: 'Digits only' }),
    address: AddressSchema,
    deliveryNote: orNull(Type.String(), 'For the driver'),
  }),
  consent: Type.Object({
    version: Type.String({ description: 'Its text: /api/consents/recurring-payment/{version}' }),
    at: Instant('When it was given'),
  }),
  upcoming: Type.Array(UpcomingSchema, {
    description: 'The next deliveries, skipped and paused ones included',
  }),
  cycles: Type.Array(CycleSchema, { description: 'The latest deliveries, newest first' }),
})

/** The answer to a change. */
export const ChangedSchema = Type.Object({ ...summary, takesEffect: TakesEffectSchema })

export type SubscriptionView = Static<typeof SubscriptionSchema>
export type SubscriptionDetailView = Static<typeof SubscriptionDetailSchema>

export type KnownItems = ReadonlyMap<
  string,
  Pick<ItemForSale, 'name' | 'enterprise' | 'thumbnail' | 'status'>
>

function nextChargeView(subscription: Subscription) {
  const next = nextCharge(subscription)
  const chargeOn = next && chargeDay(subscription, next).toString()
  return next && chargeOn ? { cycleNo: next.no, due: next.due.toString(), chargeOn } : null
}

/** The public form of a subscription. */
export function subscriptionView(
  { subscription, firstOrderId }: Stored,
  items: KnownItems,
): SubscriptionView {
  const { id, customerId, itemId, state, methodId, schedule, pendingPrice } = subscription
  const { quantity, unitPrice } = latestTerms(subscription)
  const item = items.get(itemId)
  const ended = subscription.state === 'cancelled' ? subscription : undefined
  return {
    id,
    customerId,
    state,
    item: {
      id: itemId,
      name: item?.name ?? null,
      enterprise: item?.enterprise ?? null,
      thumbnail: item?.thumbnail ?? null,
      isSold: item !== undefined && item.status !== 'hidden',
    },
    quantity,
    unitPrice,
    amount: times(unitPrice, quantity),
    period: currentPeriod(schedule),
    anchor: schedule.anchor.toString(),
    nextCharge: nextChargeView(subscription),
    needsMethod: needsMethod(subscription),
    paymentMethodId: methodId,
    pendingPrice: pendingPrice && {
      unitPrice: pendingPrice.unitPrice,
      proposedAt: pendingPrice.proposedAt.toString(),
    },
    pause: pauseView(subscription),
    overdue: overdueView(subscription),
    firstOrderId,
    startedAt: subscription.startedAt.toString(),
    cancelledAt: ended?.cancelledAt.toString() ?? null,
    cancelReason: ended?.reason ?? null,
    cancelledBy: ended?.by ?? null,
  }
}

function needsMethod(subscription: Subscription): boolean {
  if (subscription.state === 'cancelled') return false
  const asked = subscription.state === 'past_due' && subscription.waiting.kind === 'new_method'
  return subscription.methodId === null || asked
}

function pauseView(subscription: Subscription) {
  if (subscription.state !== 'paused') return null
  const { from, until } = subscription.pause
  return { from: from.toString(), until: until?.toString() ?? null }
}

function overdueView(subscription: Subscription) {
  if (subscription.state !== 'past_due') return null
  const { latestCycle, waiting } = subscription
  return {
    cycleNo: latestCycle.no,
    due: latestCycle.due.toString(),
    amount: amountDue(subscription, latestCycle.due),
    waitingFor: waiting.kind,
    until: endOfWaiting(waiting).toString(),
  }
}

/** How many of the next deliveries are shown. */
const UPCOMING = 6

/** The public form with the next deliveries and the latest ones. */
export function subscriptionDetail(
  stored: Stored,
  cycles: readonly CycleRecord[],
  items: KnownItems,
  at: At,
): SubscriptionDetailView {
  const { subscription, consent } = stored
  return {
    ...subscriptionView(stored, items),
    receiver: toOrder(latestTerms(subscription).receiver),
    consent: { version: consent.version, at: consent.at.toString() },
    upcoming: upcomingOf(subscription, at),
    cycles: cycles.map(({ no, due, cycle }) => ({
      cycleNo: no,
      due: due.toString(),
      state: cycle.state,
      orderId: 'orderId' in cycle ? cycle.orderId : null,
      paidAt: cycle.state === 'paid' ? cycle.paidAt.toString() : null,
      reason: cycle.state === 'frozen' ? cycle.why : 'reason' in cycle ? cycle.reason : null,
    })),
  }
}

function upcomingOf(subscription: Subscription, { now, policy }: At) {
  if (subscription.state === 'cancelled') return []
  const from = subscription.latestCycle.due.add({ days: 1 })
  // Twelve months are the longest period, so that this always reaches far enough.
  const to = businessDay(now, policy).add({ months: 12 * (UPCOMING + 1) })
  return plannedCycles(subscription.schedule, from, to)
    .slice(0, UPCOMING)
    .map(({ no, due, plan }) => ({
      cycleNo: no,
      due: due.toString(),
      chargeOn: chargeDay(subscription, { no, due }).toString(),
      plan,
      quantity: termsOn(subscription, due).quantity,
      amount: amountDue(subscription, due),
      changeableUntil: cutOffOf(chargeDay(subscription, { no, due }), policy).toString(),
    }))
}
