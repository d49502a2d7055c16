import type { Actor } from '../../../src/platform/http/actor.ts'
import { refused } from '../../../src/platform/refusal.ts'
import type { OrderView } from '../../../src/shop/orders/index.ts'
import type { PaymentView, RegistrationView, ReturnedPayment } from '../../../src/shop/payments/index.ts'
import { dayText, wonText } from '../../ui/format.ts'
import { Facts } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'

/** An open outcome is looked at again so often, until it settles. */
const AGAIN_SECONDS = 3

/** What is shown of a payment, beside itself. */
interface Known {
  payment: PaymentView
  itemName: string
  /** Undefined when it cannot be read. */
  order: OrderView | undefined
  /** The order has been tried to be paid again since. */
  isReplaced: boolean
  /** The days of the next charges of what was subscribed to, soonest first. */
  nextCharges: readonly Temporal.PlainDate[]
}

/** Where the browser lands after its return from a provider. The key in the address is what it is proved by. */
export function resultPages(site: Site): void {
  const { payments } = site.world
  site.personal('GET', '/paid/:id/:key', async (visit) => {
    const [id, key] = [idOf(visit.params.id), visit.params.key ?? '']
    const found = id === undefined ? undefined : await payments.pages.returned(id, key)
    return found ? paymentOf(visit, await knownOf(site.world, found)) : refused('not_found')
  })
  site.personal('GET', '/registered/:id/:key', async (visit) => {
    const [id, key] = [idOf(visit.params.id), visit.params.key ?? '']
    const found = id === undefined ? undefined : await payments.pages.returnedRegistration(id, key)
    return found
      ? registrationOf(visit, found.registration, await owedBy(site.world, found.ownerId))
      : refused('not_found')
  })
}

/** Who holds the key of a payment may see whose it is. */
const ownerOf = (userId: string): Actor => ({ userId, roles: ['customer'], sessionId: '' })

async function knownOf(
  { payments, orders, subscriptions }: World,
  { payment, itemName, ownerId }: ReturnedPayment,
): Promise<Known> {
  const [found, tries] = await Promise.all([
    orders.pages.get(ownerOf(ownerId), payment.orderId),
    payments.pages.ofOrder(ownerOf(ownerId), payment.orderId),
  ])
  const order = found.kind === 'refused' ? undefined : found
  const paidAt = payment.state === 'paid' ? payment.paidAt : null
  const nextCharges =
    paidAt === null
      ? []
      : (order?.lines ?? []).flatMap(({ subscription }) =>
          subscription ? [subscriptions.pages.chargeAfter(Temporal.Instant.from(paidAt), subscription)] : [],
        )
  return {
    payment,
    itemName,
    order,
    isReplaced: payment.state === 'cancelled' && tries[0]?.id !== payment.id,
    nextCharges: nextCharges.toSorted(Temporal.PlainDate.compare),
  }
}

/** What is overdue of a customer's subscriptions, in won: a new method is charged for it at once. */
async function owedBy({ subscriptions }: World, customerId: string): Promise<number> {
  const found = await subscriptions.pages.list(ownerOf(customerId), { page: 1, size: 100 })
  return found.subscriptions.reduce((sum, { overdue }) => sum + (overdue?.amount ?? 0), 0)
}

const SIGNS = { good: '✓', waiting: '…', bad: '!' } as const

/** What happened, in one line, and what that means. */
function saidOf(
  { result }: Visit['words'],
  { payment: { state }, order, isReplaced, nextCharges }: Known,
): { kind: keyof typeof SIGNS; title: string; text: string } {
  const title = result[state]
  const isOver = order?.state === 'cancelled' || order?.state === 'expired'
  switch (state) {
    case 'paid': {
      const text = nextCharges.length > 0 ? `${result.paidText} ${result.paidRecurring}` : result.paidText
      return { kind: 'good', title, text }
    }
    case 'processing':
      return { kind: 'waiting', title, text: result.processingText }
    case 'awaiting_customer':
      return { kind: 'waiting', title, text: result.awaiting_customerText }
    case 'refund_processing':
      return { kind: 'waiting', title, text: result.refund_processingText }
    case 'partially_refunded':
      return { kind: 'good', title, text: result.partially_refundedText }
    case 'refunded':
      return { kind: 'good', title, text: result.refundedText }
    default:
      if (isReplaced) return { kind: 'bad', title: result.replaced, text: result.replacedText }
      if (isOver)
        return {
          kind: 'bad',
          title: state === 'cancelled' ? result.orderOver : title,
          text: result.orderOverText,
        }
      return { kind: 'bad', title, text: result.notCharged }
  }
}

function paymentOf(visit: Visit, known: Known): Shown {
  const { words, language } = visit
  const { result } = words
  const { payment, itemName, order, nextCharges } = known
  const { state } = payment
  const { kind, title, text } = saidOf(words, known)
  return shown({
    isAddressSecret: true,
    title,
    ...(state === 'processing' ? { againAfterSeconds: AGAIN_SECONDS } : {}),
    body: (
      <div className={`narrow result ${kind}`}>
        <p className="sign" aria-hidden="true">
          {SIGNS[kind]}
        </p>
        <h1>{title}</h1>
        <p role="status">{text}</p>
        <div className="box">
          <Facts
            rows={[
              [result.orderNumber, order?.orderNumber ?? null],
              [result.item, itemName],
              [result.amount, wonText(payment.total, language)],
              [result.method, payment.method],
              [
                result.nextCharge,
                nextCharges.length === 0
                  ? null
                  : nextCharges.map((day) => dayText(day.toString(), language)).join(', '),
              ],
              [result.reason, state === 'paid' ? null : payment.declineMessage],
            ]}
          />
        </div>
        <p className="actions">
          {payment.redirectUrl !== null && (
            <a className="button" href={payment.redirectUrl}>
              {result.continue}
            </a>
          )}
          <a
            className={payment.redirectUrl === null ? 'button' : 'button plain'}
            href={visit.to(`/orders/${payment.orderId}`)}
          >
            {result.toOrder}
          </a>
          {nextCharges.length > 0 && (
            <a className="button plain" href={visit.to('/subscriptions')}>
              {words.subscriptions.title}
            </a>
          )}
          <a className="button plain" href={visit.to('/')}>
            {result.goOn}
          </a>
        </p>
      </div>
    ),
  })
}

function registrationOf(visit: Visit, { state, declineMessage }: RegistrationView, owed: number): Shown {
  const { registration, result, methods, subscriptions } = visit.words
  const [kind, text]: [keyof typeof SIGNS, string] =
    state === 'registered'
      ? [
          'good',
          owed > 0
            ? registration.registeredOwing(wonText(owed, visit.language))
            : registration.registeredText,
        ]
      : state === 'processing' || state === 'awaiting_customer'
        ? ['waiting', registration.processingText]
        : ['bad', registration.notCharged]
  return shown({
    isAddressSecret: true,
    title: registration[state],
    ...(state === 'processing' ? { againAfterSeconds: AGAIN_SECONDS } : {}),
    body: (
      <div className={`narrow result ${kind}`}>
        <p className="sign" aria-hidden="true">
          {SIGNS[kind]}
        </p>
        <h1>{registration[state]}</h1>
        <p role="status">{text}</p>
        <Facts rows={[[result.reason, declineMessage]]} />
        <p className="actions">
          <a className="button" href={visit.to('/payment-methods')}>
            {methods.title}
          </a>
          <a className="button plain" href={visit.to('/subscriptions')}>
            {subscriptions.title}
          </a>
        </p>
      </div>
    ),
  })
}
