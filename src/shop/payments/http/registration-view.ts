import Type, { type Static } from 'typebox'
import type { Text } from '../../../platform/refusal.ts'
import type { Registration } from '../store/registration-store.ts'
import { type Message, plainPage } from './plain-page.ts'

const Instant = Type.String({ format: 'date-time' })

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
    id: Type.String({ format: 'uuid' }),
    provider: Type.String(),
    state: Type.Enum([...CUSTOMER_STATES], {
      description: '`processing`: the outcome is being confirmed with the provider',
    }),
    redirectUrl: Type.Union([Type.String(), Type.Null()], {
      description: "The provider's page, while the customer is awaited",
    }),
    expiresAt: Type.Union([Instant, Type.Null()], { description: "Until when the provider's page is valid" }),
    paymentMethodId: Type.Union([Type.String(), Type.Null()], { description: 'Once it is registered' }),
    declineCode: Type.Union([Type.String(), Type.Null()]),
    declineMessage: Type.Union([Type.String(), Type.Null()]),
    createdAt: Instant,
  },
  { $id: 'PaymentMethodRegistration' },
)
export type RegistrationView = Static<typeof RegistrationView>

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

const NOT_CHARGED: Text = {
  ko: '청구된 금액은 없습니다. 다시 등록해 주세요.',
  en: 'Nothing was charged. Please register it again.',
}

const MESSAGES: Readonly<Record<CustomerState, Message>> = {
  registered: {
    heading: { ko: '결제수단이 등록되었습니다', en: 'Payment method registered' },
    text: {
      ko: '지금 결제된 금액은 없습니다. 정기배송에서 이 결제수단을 선택할 수 있습니다.',
      en: 'Nothing was charged now. You can choose it for your subscriptions.',
    },
  },
  awaiting_customer: {
    heading: { ko: '등록을 기다리고 있습니다', en: 'Waiting for you' },
    text: { ko: '결제사 화면에서 등록을 진행해 주세요.', en: "Please continue on the provider's page." },
  },
  processing: {
    heading: { ko: '등록을 확인하고 있습니다', en: 'Confirming the registration' },
    text: {
      ko: '결제사에 결과를 확인하고 있습니다. 청구되는 금액은 없습니다.',
      en: 'We are confirming the result with the payment provider. Nothing is charged.',
    },
  },
  declined: {
    heading: { ko: '등록되지 않았습니다', en: 'Not registered' },
    text: NOT_CHARGED,
  },
  cancelled: {
    heading: { ko: '등록을 취소했습니다', en: 'Registration cancelled' },
    text: { ko: '청구된 금액은 없습니다.', en: 'Nothing was charged.' },
  },
  expired: {
    heading: { ko: '등록 시간이 지났습니다', en: 'The registration has expired' },
    text: NOT_CHARGED,
  },
  failed: {
    heading: { ko: '등록을 마치지 못했습니다', en: 'The registration could not be finished' },
    text: NOT_CHARGED,
  },
}

/** The page shown when the browser comes back from registering a method. */
export function registrationPage(registration: RegistrationView, language: keyof Text): string {
  const { state, declineMessage } = registration
  const rows: [Text, string | null][] = [[{ ko: '사유', en: 'Reason' }, declineMessage]]
  return plainPage(MESSAGES[state], rows, { language, isPending: state === 'processing' })
}
