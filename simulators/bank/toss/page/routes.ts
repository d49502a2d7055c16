import type { Bank } from '../../bank.ts'
import type { Plan } from '../../faults/plan.ts'
import { type Exchange, readBody, sendHtml } from '../../http/exchange.ts'
import { returnToShop } from '../../http/return.ts'
import { type ProviderErrors, pause, troubleBefore } from '../../http/trouble.ts'
import type { RowDraft } from '../../rows.ts'
import { statusOf, tossErrorBody } from '../errors.ts'
import { type Checkout, checkoutPage, FAILURES, problemPage, readCheckout, strandedPage } from './checkout.ts'

const STEPS = new Map([
  ['GET /toss/checkout', 'open'],
  ['POST /toss/checkout/approve', 'approve'],
  ['POST /toss/checkout/cancel', 'cancel'],
  ['POST /toss/checkout/fail', 'fail'],
])

const errors: ProviderErrors = {
  error: (code, message) => tossErrorBody(String(code), message),
  statusOf: (code) => statusOf(String(code)),
  internal: () => tossErrorBody('UNKNOWN_ERROR'),
  tooMany: () => tossErrorBody('TOO_MANY_REQUESTS'),
}

/** Serves the checkout, the page the SDK of Toss Payments would open. */
export async function serveTossPage(bank: Bank, exchange: Exchange): Promise<void> {
  const { method, path } = exchange
  const receipt = method === 'GET' ? /^\/toss\/receipt\/([\w-]{1,200})$/.exec(path)?.[1] : undefined
  const step = STEPS.get(`${method} ${path}`)
  if (receipt !== undefined && isReceipt(bank, receipt))
    return sendHtml(exchange, 200, problemPage('모의 결제에는 영수증이 없습니다.'))
  if (step === undefined) return sendHtml(exchange, 404, problemPage('없는 주소입니다.'))
  const form =
    step === 'open' ? exchange.query : new URLSearchParams((await readBody(exchange.req, 16_384)) ?? '')
  const checkout = readCheckout(form)
  if (typeof checkout === 'string') return sendHtml(exchange, 400, problemPage(checkout))
  const plan = bank.faults.draw(
    {
      provider: 'toss',
      operation: `page_${step}`,
      partnerOrderId: checkout.orderId || undefined,
      amount: checkout.amount,
    },
    bank.journal.nextSeq(),
  )
  await pause(plan.beforeMs + plan.afterMs)
  if (bank.closing) return void exchange.req.socket.destroy()
  if (troubleBefore(exchange, plan, errors)) return
  if (step === 'open') return sendHtml(exchange, 200, checkoutPage(checkout))
  if (step === 'approve') return agree(bank, exchange, checkout, plan, form.get('method') === 'transfer')
  return leave(bank, exchange, checkout, plan, step === 'cancel' ? undefined : form.get('reason'))
}

/** The receipt of a payment, or a cash receipt. */
function isReceipt({ toss }: Bank, key: string): boolean {
  return toss.payments.has(key) || toss.receipts.some(({ receiptKey }) => receiptKey === key)
}

async function write(bank: Bank, row: RowDraft): Promise<void> {
  bank.commit([row])
  bank.webhooks.announce(bank, [row])
  await bank.journal.settled()
}

function session(bank: Bank, checkout: Checkout) {
  return {
    provider: 'toss',
    kind: 'session',
    paymentKey: bank.newId('K'),
    partnerOrderId: checkout.orderId,
    partnerUserId: checkout.customerKey || undefined,
    orderName: checkout.orderName,
    amount: checkout.amount,
    taxFree: checkout.taxFreeAmount,
  } as const
}

async function agree(
  bank: Bank,
  exchange: Exchange,
  checkout: Checkout,
  plan: Plan,
  byTransfer: boolean,
): Promise<void> {
  const { customerKey, successUrl, orderId, amount } = checkout
  if (checkout.mode === 'billing') {
    const authKey = bank.newId('b')
    await write(bank, { provider: 'toss', kind: 'auth_issued', authKey, partnerUserId: customerKey })
    return returnToShop(bank, exchange, plan, successUrl, { customerKey, authKey }, strandedPage())
  }
  const begun = { ...session(bank, checkout), ...(byTransfer ? { method: 'transfer' as const } : {}) }
  const { paymentKey } = begun
  await write(bank, { ...begun, status: 'IN_PROGRESS' })
  const back = { paymentType: 'NORMAL', orderId, paymentKey, amount: String(amount) }
  returnToShop(bank, exchange, plan, successUrl, back, strandedPage())
}

/** Given up (no order id comes back, as documented) or failed with a code. */
async function leave(
  bank: Bank,
  exchange: Exchange,
  checkout: Checkout,
  plan: Plan,
  reason: string | null | undefined,
): Promise<void> {
  const failure = FAILURES.find(({ code }) => code === reason) ?? FAILURES[0]
  const code = reason === undefined ? 'PAY_PROCESS_CANCELED' : failure.code
  const message = reason === undefined ? '사용자에 의해 결제가 취소되었습니다.' : failure.label
  if (checkout.mode === 'pay') await write(bank, { ...session(bank, checkout), status: 'ABORTED', code })
  const orderId = reason === undefined || checkout.orderId === '' ? {} : { orderId: checkout.orderId }
  returnToShop(bank, exchange, plan, checkout.failUrl, { code, message, ...orderId }, strandedPage())
}
