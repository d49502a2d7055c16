import type { FastifyReply, FastifyRequest } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { problems, Uuid } from '../../../platform/http/app.ts'
import { languageOf, type ProblemPage } from '../../../platform/http/problem.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { RegistrationView } from './registration-view.ts'
import type { PaymentView } from './view.ts'

interface Message {
  heading: Text
  text: Text
}

/** A page shown when a return from a provider fails, or no other page shows its result. Plain HTML: works everywhere, runs no script. */
function plainPage(
  { heading, text }: Message,
  { language, isPending }: { language: keyof Text; isPending: boolean },
): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${isPending ? '<meta http-equiv="refresh" content="3">' : ''}
<title>${heading[language]} · Pillivery</title>
<style>
body{font-family:system-ui,"Noto Sans KR","Nanum Gothic",sans-serif;background:#f4f6f4;color:#1c2a22;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;border-radius:16px;padding:32px 28px;margin:16px;max-width:26rem;width:calc(100% - 88px);box-shadow:0 2px 16px rgb(0 0 0/.08)}
h1{font-size:1.35rem;margin:0 0 8px}p{line-height:1.6;margin:0;word-break:keep-all}
</style>
</head>
<body>
<main>
<h1>${heading[language]}</h1>
<p role="status">${text[language]}</p>
</main>
</body>
</html>
`
}

/**
 * Readies the answer to a return from a provider. Its address is a key, so it is neither kept nor told to anybody.
 * @returns whether a browser asks, which is shown a page; others want JSON
 */
export function asksForPage(request: FastifyRequest, reply: FastifyReply): boolean {
  reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
  return (request.headers.accept ?? '').includes('text/html')
}

/** Where money may have moved nobody must pay a second time because of an error of ours. */
const OUR_FAULT: Message = {
  heading: { ko: '결과를 아직 확인하지 못했습니다', en: 'We could not confirm the result yet' },
  text: {
    ko: '저희가 결제사에 결과를 확인하겠습니다. 다시 결제하거나 등록하지 말고 잠시 후 내 주문과 결제 수단을 확인해 주세요.',
    en: 'We will confirm it with the payment provider. Please do not pay or register again; look at your orders and payment methods in a moment.',
  },
}
const NOT_YOURS: Message = {
  heading: { ko: '다른 계정에서 시작한 등록입니다', en: 'This was begun by somebody else' },
  text: {
    ko: '이 브라우저에 로그인한 계정에서 시작한 등록이 아니므로 결제 수단을 등록하지 않았습니다. 아무것도 결제되지 않았습니다. 링크를 전달받았다면 보낸 사람을 확인해 주세요.',
    en: 'It was not begun by the account that is signed in here, so no payment method was registered and nothing was charged. If somebody sent you a link, be careful with them.',
  },
}
const BROKEN_LINK: Message = {
  heading: { ko: '올바르지 않은 주소입니다', en: 'This link is not valid' },
  text: {
    ko: '내 주문과 결제 수단에서 결과를 확인해 주세요.',
    en: 'Please look for the result in your orders and payment methods.',
  },
}

/**
 * What a provider adds to the address of a return: the members we read, and whatever else it likes. As one parameter
 * each in the document; `Type.Record` would become parameters called after the words of its schema.
 */
const ReturnQuery = Type.Unsafe<Record<string, string>>({
  type: 'object',
  properties: Object.fromEntries(
    ['pg_token', 'paymentKey', 'orderId', 'amount', 'customerKey', 'authKey', 'code', 'message'].map(
      (name) => [name, { type: 'string', maxLength: 1_000 }],
    ),
  ),
  additionalProperties: { type: 'string', maxLength: 1_000 },
})

/** The page of a return that was refused or failed; one that may succeed in a moment is asked for again. */
export const returnProblemPage: ProblemPage = (request, reply, { status }) => {
  if (!asksForPage(request, reply)) return undefined
  const message = status === 400 || status === 404 ? BROKEN_LINK : status === 403 ? NOT_YOURS : OUR_FAULT
  return readyPlainPage(request, reply, message, status === 503)
}

/** What came of a payment or registration, for browsers, from a process that has no page for it. */
export function plainResult(request: FastifyRequest, reply: FastifyReply, result: Result): string {
  return readyPlainPage(request, reply, messageOf(result), result.state === 'processing')
}

type Result =
  | { of: 'payment'; state: PaymentView['state'] }
  | { of: 'registration'; state: RegistrationView['state'] }

function messageOf({ of, state }: Result): Message {
  switch (state) {
    case 'paid':
      return PAID
    case 'registered':
      return REGISTERED
    case 'awaiting_customer':
    case 'processing':
      return OPEN
    case 'refund_processing':
    case 'partially_refunded':
    case 'refunded':
      return REFUNDED
    default:
      return of === 'payment' ? NOT_PAID : NOT_REGISTERED
  }
}

const PAID: Message = {
  heading: { ko: '결제되었습니다', en: 'Paid' },
  text: { ko: '주문이 접수되었습니다.', en: 'Your order has been placed.' },
}
const REGISTERED: Message = {
  heading: { ko: '결제수단이 등록되었습니다', en: 'Payment method registered' },
  text: { ko: '지금 결제된 금액은 없습니다.', en: 'Nothing was charged now.' },
}
const OPEN: Message = {
  heading: { ko: '확인하고 있습니다', en: 'Being confirmed' },
  text: {
    ko: '결제사에서 아직 결과가 확정되지 않았습니다. 다시 결제하거나 등록하지 말고 잠시 후 내 주문과 결제 수단을 확인해 주세요.',
    en: 'The payment provider has not settled the result yet. Please do not pay or register again; look at your orders and payment methods in a moment.',
  },
}
const REFUNDED: Message = {
  heading: { ko: '환불', en: 'Refund' },
  text: {
    ko: '결제한 금액을 돌려드렸거나 돌려드리고 있습니다. 내 주문에서 확인해 주세요.',
    en: 'The amount was returned or is being returned. Please look at your orders.',
  },
}
const NOT_PAID: Message = {
  heading: { ko: '결제되지 않았습니다', en: 'Not paid' },
  text: {
    ko: '청구된 금액은 없습니다. 다시 결제할 수 있습니다.',
    en: 'Nothing was charged. You can pay again.',
  },
}
const NOT_REGISTERED: Message = {
  heading: { ko: '등록되지 않았습니다', en: 'Not registered' },
  text: {
    ko: '청구된 금액은 없습니다. 다시 등록할 수 있습니다.',
    en: 'Nothing was charged. You can register again.',
  },
}

function readyPlainPage(
  request: FastifyRequest,
  reply: FastifyReply,
  message: Message,
  isPending: boolean,
): string {
  const language = languageOf(request)
  reply
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    )
    .header('content-language', language)
    .type('text/html; charset=utf-8')
    .serializer((text: string) => text)
  return plainPage(message, { language, isPending })
}

/** What a browser gets instead of JSON. */
const goesOn = {
  303: { description: 'Browsers go on to the page that shows the result' },
}
/** A page beside JSON, for a response's content. */
const asPage = { 'text/html': { schema: Type.String() } }
/** The problems of a return, for its schema: documents or pages, as asked. */
export function returnProblems(...statuses: number[]): ReturnType<typeof problems> {
  return Object.fromEntries(
    Object.entries(problems(...statuses)).map(([status, { description, content }]) => [
      status,
      { description, content: { ...content, ...asPage } },
    ]),
  )
}

const WHOSE_BROWSER = {
  payment: 'Browsers that bring a payment method must be those of who began it.',
  registration: 'Browsers must be those of who began it.',
} as const

/** What a route says at which a provider sends browsers back. */
export function returnSchema<View extends TSchema>(of: 'payment' | 'registration', view: View) {
  return {
    summary:
      'Where the provider sends the browser back to; it goes on to the page of the result, others get JSON',
    description: `Safe to repeat. What the address says is only a hint: the outcome comes from the provider. ${WHOSE_BROWSER[of]}`,
    params: Type.Object({
      id: Uuid,
      returnKey: Type.String({ minLength: 22, maxLength: 22 }),
      target: Type.Enum(['success', 'cancel', 'fail']),
    }),
    querystring: ReturnQuery,
    response: {
      200: {
        description: `The ${of} as it is now; for browsers a page, where no other shows the result`,
        content: { 'application/json': { schema: view }, ...asPage },
      },
      ...goesOn,
      ...returnProblems(401, 403, 404, 500, 503),
    },
  }
}
