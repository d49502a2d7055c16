import type { Actor } from '../../../platform/http/actor.ts'
import type { Refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { type BeginInput, beginCheckout } from '../flows/begin-checkout.ts'
import { type BeginRegistration, beginRegistration } from '../flows/begin-registration.ts'
import type { ProviderName } from '../provider.ts'
import { lookUpOpenAttempt } from '../recovery/look-up.ts'
import { checkReceiptWish } from '../rules/cash-receipt.ts'
import { listPayments, paymentDetail } from '../store/queries.ts'
import { readReceipt } from '../store/receipt-store.ts'
import { readRegistration } from '../store/registration-store.ts'
import { type RegistrationView, registrationView } from './registration-view.ts'
import { type PaymentView, paymentView } from './view.ts'

/** What a browser shows after its return from a provider. */
export interface ReturnedPayment {
  payment: PaymentView
  /** What was paid for, as the provider's page named it. */
  itemName: string
  ownerId: string
}

/** What customers do about payments in a browser: the use cases of the API. */
export interface PaymentsForPages {
  /** The providers on offer, whether a method of theirs can be registered without paying, and whether we issue cash receipts by them. */
  providers(): { name: ProviderName; registers: boolean; issuesCashReceipts: boolean }[]
  /** Checks what a customer typed for a cash receipt, before anything is ordered. Refusals: invalid_request. */
  checkReceipt: typeof checkReceiptWish
  /** Refusals: those of `beginCheckout`. */
  begin(wish: BeginInput): Promise<PaymentView | Refused>
  /** The payments of one order of one's own, newest first; an unknown outcome is looked up first when it is due. */
  ofOrder(actor: Actor, orderId: string): Promise<PaymentView[]>
  /** A payment by its return key, which proves the browser that paid. Undefined for a wrong one. */
  returned(paymentId: string, returnKey: string): Promise<ReturnedPayment | undefined>
  /** Refusals: those of `beginRegistration`. */
  beginRegistration(wish: BeginRegistration): Promise<RegistrationView | Refused>
  /** A registration by its return key, and whose it is. */
  returnedRegistration(
    registrationId: string,
    returnKey: string,
  ): Promise<{ registration: RegistrationView; ownerId: string } | undefined>
}

/** The payments of one order that are shown; more tries than that tell nobody anything. */
const PAYMENTS_SHOWN = 10

/** What the pages do with payments and registrations. */
export function paymentsForPages(deps: PaymentsDeps): PaymentsForPages {
  return {
    providers: () =>
      [...deps.providers.values()].map(({ name, capabilities: { issuesTokens }, cashReceipts }) => ({
        name,
        registers: issuesTokens !== 'no',
        issuesCashReceipts: cashReceipts !== null,
      })),
    checkReceipt: checkReceiptWish,
    begin: async (wish) => {
      const result = await beginCheckout(deps, wish)
      return 'kind' in result
        ? result
        : paymentView({ attempt: result, refunds: [], receipt: await readReceipt(deps.db, result.id) })
    },
    ofOrder: async (actor, orderId) => {
      const filter = { ownerId: actor.userId, orderId, limit: PAYMENTS_SHOWN }
      const found = await listPayments(deps.db, filter)
      if (!found.some(({ attempt }) => attempt.state === 'unknown')) return found.map(paymentView)
      await lookUpOpenAttempt(deps, orderId)
      return (await listPayments(deps.db, filter)).map(paymentView)
    },
    returned: async (paymentId, returnKey) => {
      const found = await paymentDetail(deps.db, paymentId)
      if (found?.attempt.return_key !== returnKey) return undefined
      return { payment: paymentView(found), itemName: found.attempt.item_name, ownerId: found.ownerId }
    },
    beginRegistration: async (wish) => {
      const result = await beginRegistration(deps, wish)
      return 'kind' in result ? result : registrationView(result)
    },
    returnedRegistration: async (registrationId, returnKey) => {
      const found = await readRegistration(deps.db, registrationId)
      if (found?.return_key !== returnKey) return undefined
      return { registration: registrationView(found), ownerId: found.owner_id }
    },
  }
}
