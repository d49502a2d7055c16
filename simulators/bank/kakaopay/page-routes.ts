import type { Bank } from '../bank.ts'
import type { Plan } from '../faults/plan.ts'
import { type Exchange, readBody, redirect, sendHtml } from '../http/exchange.ts'
import { returnToShop } from '../http/return.ts'
import { pause, troubleBefore } from '../http/trouble.ts'
import { kakaoErrorBody } from './errors.ts'
import { endPage, FAILURES, isExpired, paymentPage, strandedPage, unknownPage } from './page.ts'
import type { KakaoMethod, KakaoStatus } from './rows.ts'
import { isOpen, type Payment } from './state.ts'

const PATH = /^\/kakaopay\/pay\/([^/]{1,40})(?:\/(approve|cancel|fail))?$/

const errors = {
  error: (code: number | string, message?: string) => kakaoErrorBody(Number(code), message),
  statusOf: () => 400,
  internal: () => kakaoErrorBody(-1),
  tooMany: () => kakaoErrorBody(-10),
}

/** Serves the customer's pages below `/kakaopay/pay/`. */
export async function serveKakaoPage(bank: Bank, exchange: Exchange): Promise<void> {
  const [, tid, step] = PATH.exec(exchange.path) ?? []
  const payment = tid === undefined ? undefined : bank.kakao.payments.get(tid)
  if (payment === undefined) return sendHtml(exchange, 404, unknownPage())
  const wanted = step === undefined ? 'GET' : 'POST'
  if (exchange.method !== wanted) {
    exchange.res.setHeader('allow', wanted)
    return sendHtml(exchange, 405, unknownPage())
  }
  const form = new URLSearchParams(step === undefined ? '' : ((await readBody(exchange.req, 8192)) ?? ''))
  const plan = bank.faults.draw(
    {
      provider: 'kakaopay',
      operation: `page_${step ?? 'open'}`,
      partnerOrderId: payment.partnerOrderId,
      amount: payment.total,
    },
    bank.journal.nextSeq(),
  )
  await pause(plan.beforeMs + plan.afterMs)
  if (bank.closing) return void exchange.req.socket.destroy()
  if (troubleBefore(exchange, plan, errors)) return
  if (!isOpen(payment.status) || payment.checkout === undefined)
    return sendHtml(exchange, step === undefined ? 200 : 409, endPage(payment, bank.clock.now()))
  if (isExpired(payment, bank.clock.now())) {
    return step === undefined
      ? sendHtml(exchange, 200, endPage(payment, bank.clock.now()))
      : redirect(exchange, payment.checkout.failUrl)
  }
  if (step === undefined) return open(bank, exchange, payment)
  if (step === 'approve') return agree(bank, exchange, payment, plan, form.get('method'))
  return end(bank, exchange, payment, plan, step, form.get('reason'))
}

async function note(
  bank: Bank,
  payment: Payment,
  status: KakaoStatus,
  more: { method?: KakaoMethod; pgToken?: string; reason?: string } = {},
): Promise<void> {
  const { tid, partnerOrderId } = payment
  bank.commit([{ provider: 'kakaopay', kind: 'page', tid, partnerOrderId, status, ...more }])
  await bank.journal.settled()
}

async function open(bank: Bank, exchange: Exchange, payment: Payment): Promise<void> {
  if (payment.status === 'READY') await note(bank, payment, 'OPEN_PAYMENT')
  sendHtml(exchange, 200, paymentPage(payment, bank.clock.now()))
}

/** The customer agreed. Agreeing again leads to the same address with the same pg_token. */
async function agree(
  bank: Bank,
  exchange: Exchange,
  payment: Payment,
  plan: Plan,
  chosen: string | null,
): Promise<void> {
  if (payment.status !== 'AUTH_PASSWORD') {
    const method = chosen === 'CARD' || chosen === 'MONEY' ? chosen : payment.method
    const pgToken = bank.newId('P').toLowerCase()
    const { tid, partnerOrderId } = payment
    const row = { provider: 'kakaopay', kind: 'page', tid, partnerOrderId } as const
    bank.commit([
      { ...row, status: 'SELECT_METHOD', method },
      { ...row, status: 'AUTH_PASSWORD', pgToken },
    ])
    await bank.journal.settled()
  }
  // The merchant may have approved while the journal was written; then there is nothing to return with.
  if (payment.checkout?.pgToken === undefined)
    return sendHtml(exchange, 409, endPage(payment, bank.clock.now()))
  const { approvalUrl, pgToken } = payment.checkout
  returnToShop(bank, exchange, plan, approvalUrl, { pg_token: pgToken }, strandedPage())
}

async function end(
  bank: Bank,
  exchange: Exchange,
  payment: Payment,
  plan: Plan,
  step: string,
  reason: string | null,
): Promise<void> {
  const { checkout } = payment
  if (checkout === undefined) return sendHtml(exchange, 409, endPage(payment, bank.clock.now()))
  const failure = FAILURES.find(({ code }) => code === reason) ?? FAILURES[0]
  if (step === 'cancel') await note(bank, payment, 'QUIT_PAYMENT')
  else await note(bank, payment, failure.status, { reason: failure.code })
  const back = step === 'cancel' ? checkout.cancelUrl : checkout.failUrl
  returnToShop(bank, exchange, plan, back, {}, strandedPage())
}
