import { formatWon, won } from '../../platform/money.ts'
import type { Text } from '../../platform/refusal.ts'
import type { PaymentView } from './view.ts'

interface Message {
  heading: Text
  text: Text
}

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

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character)

/** The page shown when the browser comes back from the provider. Plain HTML: works everywhere, runs no script. */
export function resultPage(payment: PaymentView, language: keyof Text): string {
  const { heading, text } = MESSAGES[payment.state]
  const label = (ko: string, en: string) => (language === 'ko' ? ko : en)
  const reason = payment.declineMessage
  const row = (term: string, value: string) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd>`
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${payment.state === 'processing' ? '<meta http-equiv="refresh" content="3">' : ''}
<title>${escapeHtml(heading[language])} · Pillivery</title>
<style>
body{font-family:system-ui,"Noto Sans KR","Nanum Gothic",sans-serif;background:#f4f6f4;color:#1c2a22;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;border-radius:16px;padding:32px 28px;margin:16px;max-width:26rem;width:calc(100% - 88px);box-shadow:0 2px 16px rgb(0 0 0/.08)}
h1{font-size:1.35rem;margin:0 0 8px}p{line-height:1.6;margin:0 0 20px}
dl{display:grid;grid-template-columns:auto 1fr;gap:8px 16px;margin:0;border-top:1px solid #dfe5e1;padding-top:16px}
dt{color:#52635a}dd{margin:0;text-align:right;overflow-wrap:anywhere}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(heading[language])}</h1>
<p role="status">${escapeHtml(text[language])}</p>
<dl>
${row(label('결제 금액', 'Amount'), formatWon(won(payment.total), language))}
${payment.method ? row(label('결제 수단', 'Method'), payment.method) : ''}
${reason && payment.state !== 'paid' ? row(label('사유', 'Reason'), reason) : ''}
${row(label('주문', 'Order'), payment.orderId)}
</dl>
</main>
</body>
</html>
`
}
