import Type, { type Static } from 'typebox'
import { Uuid } from '../../../platform/http/app.ts'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import type { Registration } from '../store/registration-store.ts'

const CUSTOMER_STATES = [
  'awaiting_customer',
  'processing',
  'registered',
  'declined',
  'cancelled',
  'expired',
  'failed',
] as const
type CustomerState = (typeof CUSTOMER_STATES)[number]

/** A registration as its customer sees it. */
export const RegistrationView = Type.Object(
  {
    id: Uuid,
    provider: Type.String(),
    state: Type.Enum([...CUSTOMER_STATES], {
      description: '`processing`: the outcome is being confirmed with the provider',
    }),
    redirectUrl: Type.Union([Type.String(), Type.Null()], {
      description: "The provider's page, while the customer is awaited",
    }),
    expiresAt: orNull(Instant(), "Until when the provider's page is valid"),
    paymentMethodId: orNull(Type.String(), 'Once it is registered'),
    declineCode: orNull(Type.String()),
    declineMessage: orNull(Type.String()),
    createdAt: Instant(),
  },
  { $id: 'PaymentMethodRegistration' },
)
export type RegistrationView = Static<typeof RegistrationView>

/** A registration of a payment method as its customer sees it. */
export function registrationView(registration: Registration): RegistrationView {
  const waiting = registration.state === 'awaiting_customer'
  return {
    id: registration.id,
    provider: registration.provider,
    state: customerState(registration),
    redirectUrl: waiting ? registration.redirect_url : null,
    expiresAt: waiting ? (registration.expires_at?.toString() ?? null) : null,
    paymentMethodId: registration.state === 'succeeded' ? registration.id : null,
    declineCode: registration.end_code,
    declineMessage: registration.end_message,
    createdAt: registration.created_at.toString(),
  }
}

/** What the customer is told; the inner states stay inside. */
function customerState({ state }: Registration): CustomerState {
  switch (state) {
    case 'created':
    case 'authorised':
    case 'sent':
    case 'unknown':
      return 'processing'
    case 'succeeded':
      return 'registered'
    default:
      return state
  }
}
