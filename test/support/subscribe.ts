import Type, { type Static } from 'typebox'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Answer, expectBody } from './api.ts'
import { type Person, RECEIVER } from './people.ts'
import { beginPayment } from './shop.ts'
import type { System } from './system.ts'
import { Order, Payment } from './views.ts'

const orNull = Type.Union([Type.String(), Type.Null()])
const Ahead = Type.Union([Type.Object({ cycleNo: Type.Integer(), due: Type.String() }), Type.Null()])

/** The parts of a subscription that tests look at. */
export const Subscription = Type.Object({
  id: Type.String(),
  state: Type.String(),
  quantity: Type.Integer(),
  unitPrice: Type.Integer(),
  period: Type.Object({ unit: Type.String(), count: Type.Integer() }),
  anchor: Type.String(),
  nextCharge: Ahead,
  paymentMethodId: orNull,
  pendingPrice: Type.Union([Type.Object({ unitPrice: Type.Integer() }), Type.Null()]),
  firstOrderId: Type.String(),
  cancelReason: orNull,
})
export const SubscriptionList = Type.Object({ data: Type.Array(Subscription) })
export const SubscriptionDetail = Type.Object({
  ...Subscription.properties,
  upcoming: Type.Array(Type.Object({ due: Type.String(), plan: Type.String(), quantity: Type.Integer() })),
  receiver: Type.Object({ phone: Type.String() }),
})
export type Subscription = Static<typeof Subscription>

const Consent = Type.Object({ version: Type.String(), text: Type.Object({ ko: Type.String() }) })

/** The version of the consent in force. */
export async function consentVersion(system: System): Promise<string> {
  const answer = await system.api().get('/api/consents/recurring-payment')
  return expectBody(answer, 200, Consent).version
}

/** Asks for an order with one recurring line. */
export function askSubscription(
  person: Person,
  itemId: string,
  more: { period?: object; consent?: { version: string } },
): Promise<Answer> {
  const { period = { unit: 'days', count: 30 }, consent } = more
  return person.api.post('/api/orders', {
    key: true,
    json: {
      lines: [{ itemId, quantity: 1, subscription: period }],
      receiver: RECEIVER,
      ...(consent === undefined ? {} : { consent }),
    },
  })
}

/** The first order of a subscription, paid. @returns the subscription that began with it */
export async function subscribe(system: System, person: Person, itemId: string): Promise<Subscription> {
  const consent = { version: await consentVersion(system) }
  const order = expectBody(await askSubscription(person, itemId, { consent }), 201, Order)
  const payment = await beginPayment(person, order.id)
  const back = await system.bank.press(payment.redirectUrl, 'approve')
  const paid = expectBody(await system.api().get(back ?? ''), 200, Payment)
  if (paid.state !== 'paid') throw new Error(`the first payment is ${paid.state}`)
  return until(
    async () => {
      const list = expectBody(await person.api.get('/api/subscriptions?size=100'), 200, SubscriptionList)
      return list.data.find(({ firstOrderId }) => firstOrderId === order.id)
    },
    { what: 'the subscription to begin', deadlineMs: 10_000 },
  )
}

const Letters = Type.Object({
  data: Type.Array(Type.Object({ kind: Type.String(), about: Type.Object({ id: Type.String() }) })),
})

/**
 * Lets the time go on to the morning of the next charge, with a stop three days before it, on which the customers are
 * told of it: without a notice nobody is charged. The subscriptions began on the same day.
 * @param hoursAfterNotice the notice is at half past nine; 63 hours lead to the night before the run of the day
 */
export async function skipToCharge(
  system: System,
  subscribers: readonly (readonly [Person, Subscription])[],
  { hoursAfterNotice = 72 }: { hoursAfterNotice?: number } = {},
): Promise<void> {
  const due = Temporal.PlainDate.from(subscribers[0]?.[1].nextCharge?.due ?? '')
  const told = async ([{ id: userId }, { id }]: readonly [Person, Subscription]) => {
    const api = system.api(await system.token({ userId, roles: ['customer'], sessionId: userId }))
    const letters = expectBody(await api.get('/api/notifications?size=100'), 200, Letters)
    return letters.data.filter(({ kind, about }) => kind === 'charge_upcoming' && about.id === id).length
  }
  // Those of earlier charges do not count.
  const before = await Promise.all(subscribers.map(told))
  const morning = due.subtract({ days: 3 }).toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '09:30' })
  system.skip(system.now().until(morning.toInstant(), { smallestUnit: 'seconds', largestUnit: 'seconds' }))
  for (const [index, one] of subscribers.entries())
    await until(async () => (await told(one)) > (before[index] ?? 0), {
      deadlineMs: 30_000,
      what: 'the notice of the charge',
    })
  system.skip({ hours: hoursAfterNotice })
}
