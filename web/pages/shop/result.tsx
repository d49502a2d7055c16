import { refused } from '../../../src/platform/refusal.ts'
import type { PaymentView, RegistrationView } from '../../../src/shop/payments/index.ts'
import { wonText } from '../../ui/format.ts'
import { Facts } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

/** An open outcome is looked at again so often, until it settles. */
const AGAIN_SECONDS = 3

/** Where the browser lands after its return from a provider. The key in the address is what it is proved by. */
export function resultPages(site: Site): void {
  const { payments } = site.world
  site.personal('GET', '/paid/:id/:key', async (visit) => {
    const [id, key] = [idOf(visit.params.id), visit.params.key ?? '']
    const found = id === undefined ? undefined : await payments.pages.returned(id, key)
    return found ? paymentOf(visit, found.payment, found.itemName) : refused('not_found')
  })
  site.personal('GET', '/registered/:id/:key', async (visit) => {
    const [id, key] = [idOf(visit.params.id), visit.params.key ?? '']
    const found = id === undefined ? undefined : await payments.pages.returnedRegistration(id, key)
    return found ? registrationOf(visit, found) : refused('not_found')
  })
}

const SIGNS = { good: '✓', waiting: '…', bad: '!' } as const

function paymentOf(visit: Visit, payment: PaymentView, itemName: string): Shown {
  const { words, language } = visit
  const { result } = words
  const { state } = payment
  const [kind, text]: [keyof typeof SIGNS, string] =
    state === 'paid'
      ? ['good', result.paidText]
      : state === 'processing'
        ? ['waiting', result.processingText]
        : state === 'awaiting_customer'
          ? ['waiting', result.awaiting_customerText]
          : state === 'refund_processing'
            ? ['waiting', result.refund_processingText]
            : state === 'partially_refunded'
              ? ['good', result.partially_refundedText]
              : state === 'refunded'
                ? ['good', result.refundedText]
                : ['bad', result.notCharged]
  return shown({
    isAddressSecret: true,
    title: result[state],
    ...(state === 'processing' ? { againAfterSeconds: AGAIN_SECONDS } : {}),
    body: (
      <div className={`narrow result ${kind}`}>
        <p className="sign" aria-hidden="true">
          {SIGNS[kind]}
        </p>
        <h1>{result[state]}</h1>
        <p role="status">{text}</p>
        <div className="box">
          <Facts
            rows={[
              [result.item, itemName],
              [result.amount, wonText(payment.total, language)],
              [result.method, payment.method],
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
          <a className="button plain" href={visit.to('/')}>
            {result.goOn}
          </a>
        </p>
      </div>
    ),
  })
}

function registrationOf(visit: Visit, { state, declineMessage }: RegistrationView): Shown {
  const { registration, result, methods } = visit.words
  const [kind, text]: [keyof typeof SIGNS, string] =
    state === 'registered'
      ? ['good', registration.registeredText]
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
        </p>
      </div>
    ),
  })
}
