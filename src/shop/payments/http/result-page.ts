import { formatWon, won } from '../../../platform/money.ts'
import type { Text } from '../../../platform/refusal.ts'
import { type Message, plainPage } from './plain-page.ts'
import type { PaymentView } from './view.ts'

const MESSAGES: Readonly<Record<PaymentView['state'], Message>> = {
  paid: {
    heading: { ko: '결제가 완료되었습니다', en: 'Payment complete' },
    text: { ko: '주문이 접수되었습니다.', en: 'Your order has been placed.' },
  },
  awaiting_customer: {
    heading: { ko: '결제를 기다리고 있습니다', en: 'Waiting for payment' },
    text: { ko: '결제 화면에서 결제를 진행해 주세요.', en: 'Please continue on the payment page.' },
  },
  processing: {
    heading: { ko: '결제를 확인하고 있습니다', en: 'Confirming your payment' },
    text: {
      ko: '결제사에 결과를 확인하고 있습니다. 다시 결제하지 마세요. 결과는 주문 내역에 표시됩니다.',
      en: 'We are confirming the result with the payment provider. Please do not pay again; the result will appear in your orders.',
    },
  },
  declined: {
    heading: { ko: '결제되지 않았습니다', en: 'Payment declined' },
    text: {
      ko: '결제 금액은 청구되지 않았습니다. 다시 시도해 주세요.',
      en: 'Nothing was charged. Please try again.',
    },
  },
  cancelled: {
    heading: { ko: '결제를 취소했습니다', en: 'Payment cancelled' },
    text: { ko: '결제 금액은 청구되지 않았습니다.', en: 'Nothing was charged.' },
  },
  expired: {
    heading: { ko: '결제 시간이 지났습니다', en: 'The payment has expired' },
    text: {
      ko: '결제 금액은 청구되지 않았습니다. 다시 시도해 주세요.',
      en: 'Nothing was charged. Please try again.',
    },
  },
  failed: {
    heading: { ko: '결제를 시작하지 못했습니다', en: 'The payment could not be started' },
    text: {
      ko: '결제 금액은 청구되지 않았습니다. 다시 시도해 주세요.',
      en: 'Nothing was charged. Please try again.',
    },
  },
  refund_processing: {
    heading: { ko: '환불하고 있습니다', en: 'Refund in progress' },
    text: { ko: '결제 금액 전액을 돌려드리고 있습니다.', en: 'The full amount is being returned to you.' },
  },
  partially_refunded: {
    heading: { ko: '일부 환불되었습니다', en: 'Partially refunded' },
    text: { ko: '결제 금액 일부를 돌려드렸습니다.', en: 'Part of the amount has been returned.' },
  },
  refunded: {
    heading: { ko: '환불되었습니다', en: 'Refunded' },
    text: { ko: '결제 금액을 돌려드렸습니다.', en: 'The amount has been returned to you.' },
  },
}

/**
 * The page shown when the browser comes back from paying.
 * @param itemName what was paid for, as the provider's page named it
 */
export function resultPage(payment: PaymentView, itemName: string, language: keyof Text): string {
  const reason = payment.state === 'paid' ? null : payment.declineMessage
  const rows: [Text, string | null][] = [
    [{ ko: '주문 상품', en: 'Item' }, itemName],
    [{ ko: '결제 금액', en: 'Amount' }, formatWon(won(payment.total), language)],
    [{ ko: '결제 수단', en: 'Method' }, payment.method],
    [{ ko: '사유', en: 'Reason' }, reason],
  ]
  return plainPage(MESSAGES[payment.state], rows, { language, isPending: payment.state === 'processing' })
}
