import type { Bank } from '../bank.ts'
import { answerOnly, type Decision } from '../decision.ts'
import type { Plan } from '../faults/plan.ts'
import { serveCall } from '../http/call.ts'
import { type Exchange, parseObject, readBody, sendJson } from '../http/exchange.ts'
import type { ProviderErrors } from '../http/trouble.ts'
import type { RowDraft } from '../rows.ts'
import { chargeBillingKey, deleteBillingKey, issueBillingKey } from './billing.ts'
import { cancel } from './cancel.ts'
import { cancelCashReceipt, issueCashReceipt, listCashReceipts } from './cash-receipts.ts'
import { confirm } from './confirm.ts'
import { type Language, refuse, statusOf, tossErrorBody } from './errors.ts'
import { firstAnswer, MAX_KEY_LENGTH, scopeOf } from './idempotency.ts'
import { lookupOrder, lookupPayment } from './lookups.ts'
import { asRecord } from './records.ts'
import { listTransactions } from './transactions.ts'
import type { Body, TossWorld } from './world.ts'

export const TOSS_PREFIX = '/v1/'

interface Route {
  operation: string
  /** What the address names, for fault rules. */
  names: { paymentKey?: string; billingKey?: string; orderId?: string }
  decide(world: TossWorld, body: Body, query: URLSearchParams): Decision
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Finds the operation of a method and path; fixed addresses come before those with a key in them. */
export function routeOf(method: string, path: string): Route | undefined {
  const [, area = '', first = '', second = '', ...rest] = path.slice(1).split('/').map(decode)
  const extra = rest.length > 0 || first === ''
  const named = (operation: string, names: Route['names'], decide: Route['decide']): Route => ({
    operation,
    names,
    decide,
  })
  if (method === 'GET' && area === 'transactions' && first === '')
    return named('transactions', {}, (world, _, query) => listTransactions(world, query))
  if (area === 'cash-receipts' && first === '') {
    if (method === 'POST') return named('receipt_issue', {}, issueCashReceipt)
    if (method === 'GET') return named('receipts', {}, (world, _, query) => listCashReceipts(world, query))
  }
  if (extra) return undefined
  switch (`${method} ${area}`) {
    case 'POST payments':
      if (first === 'confirm' && second === '') return named('confirm', {}, confirm)
      return second === 'cancel'
        ? named('cancel', { paymentKey: first }, (world, body) => cancel(world, first, body))
        : undefined
    case 'GET payments':
      if (first === 'orders' && second !== '')
        return named('order', { orderId: second }, (world) => lookupOrder(world, second))
      return second === ''
        ? named('payment', { paymentKey: first }, (world) => lookupPayment(world, first))
        : undefined
    case 'POST cash-receipts':
      return second === 'cancel'
        ? named('receipt_cancel', {}, (world, body) => cancelCashReceipt(world, first, body))
        : undefined
    case 'POST billing':
      if (first === 'authorizations' && second === 'issue') return named('billing_issue', {}, issueBillingKey)
      return second === ''
        ? named('billing_charge', { billingKey: first }, (world, body) =>
            chargeBillingKey(world, first, body),
          )
        : undefined
    case 'DELETE billing':
      return second === ''
        ? named('billing_delete', { billingKey: first }, (world) => deleteBillingKey(world, first))
        : undefined
    default:
      return undefined
  }
}

function errorsIn(language: Language): ProviderErrors {
  return {
    error: (code, message) => tossErrorBody(String(code), message, language),
    statusOf: (code) => statusOf(String(code)),
    internal: () => tossErrorBody('FAILED_INTERNAL_SYSTEM_PROCESSING', undefined, language),
    tooMany: () => tossErrorBody('TOO_MANY_REQUESTS', undefined, language),
  }
}

function factsOf(bank: Bank, route: Route, body: Body) {
  const word = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const paymentKey = route.names.paymentKey ?? word(body.paymentKey)
  const payment = paymentKey === undefined ? undefined : bank.toss.payments.get(paymentKey)
  const amount = body.amount ?? body.cancelAmount
  return {
    provider: 'toss' as const,
    operation: route.operation,
    partnerOrderId: word(body.orderId) ?? route.names.orderId ?? payment?.orderId,
    sid: route.names.billingKey,
    amount: typeof amount === 'number' ? amount : payment?.total,
  }
}

/** What a decision about Toss may see of the bank. */
function tossWorld(bank: Bank, plan: Plan, language: Language): TossWorld {
  return {
    state: bank.toss,
    now: bank.clock.now(),
    newId: bank.newId,
    publicUrl: bank.publicUrl,
    plan,
    language,
    countLookup: bank.countLookup,
  }
}

function isAuthorized(bank: Bank, header: string | undefined): boolean {
  const [scheme, value = ''] = (header ?? '').split(' ')
  return (
    scheme?.toLowerCase() === 'basic' &&
    Buffer.from(value, 'base64').toString('utf8') === `${bank.settings.tossSecretKey}:`
  )
}

/** Serves one call below `/v1/`. */
export async function serveToss(bank: Bank, exchange: Exchange): Promise<void> {
  const { method, path, query, req } = exchange
  const language: Language = /^en\b/i.test(req.headers['accept-language'] ?? '') ? 'en' : 'ko'
  const plain = (code: string) => sendJson(exchange, statusOf(code), tossErrorBody(code, undefined, language))
  const route = routeOf(method, path)
  if (route === undefined) return plain('NOT_FOUND')
  const text = await readBody(req, 65_536)
  if (!isAuthorized(bank, req.headers.authorization)) return plain('UNAUTHORIZED_KEY')
  const body = text === undefined ? undefined : text === '' && method !== 'POST' ? {} : parseObject(text)
  const key = method === 'POST' ? req.headers['idempotency-key'] : undefined
  if (typeof key === 'string' && (key === '' || key.length > MAX_KEY_LENGTH))
    return plain('INVALID_IDEMPOTENCY_KEY')
  const testCode = req.headers['tosspayments-test-code']
  const work = (world: TossWorld): Decision => {
    if (typeof testCode === 'string') return refuse(language, testCode)
    return body === undefined
      ? refuse(language, 'INVALID_REQUEST', 'the body must be a JSON object')
      : route.decide(world, body, query)
  }
  const facts = factsOf(bank, route, body ?? {})
  const errors = errorsIn(language)
  let written: RowDraft[] = []
  const run = (scope: string | undefined) =>
    serveCall(bank, exchange, {
      facts,
      errors,
      scope,
      decide: (plan) => {
        const decision = work(tossWorld(bank, plan, language))
        written = decision.rows
        return scope === undefined ? decision : withRow(decision, route.operation)
      },
      afterwards: () => bank.webhooks.announce(bank, written),
    })
  if (typeof key !== 'string') return run(undefined)
  const scope = scopeOf(key, method, path)
  if (bank.underWay.has(scope)) return plain('IDEMPOTENT_REQUEST_PROCESSING')
  bank.underWay.add(scope)
  try {
    const first = await firstAnswer(bank, scope)
    if (first === undefined) await run(scope)
    else await serveCall(bank, exchange, { facts, errors, decide: () => answerOnly(first) })
  } finally {
    bank.underWay.delete(scope)
  }
}

/** A refusal under an idempotency key needs a row too: its answer is repeated to whoever asks again. */
function withRow(decision: Decision, operation: string): Decision {
  if (decision.rows.length > 0) return decision
  const answer = decision.answer()
  const { code = '' } = asRecord(answer.body)
  return {
    rows: [{ provider: 'toss', kind: 'refused', operation, code: String(code) }],
    answer: () => answer,
  }
}
