import type { Bank } from '../bank.ts'
import { answerOnly, type Decision } from '../decision.ts'
import type { CallFacts, Plan } from '../faults/plan.ts'
import { serveCall } from '../http/call.ts'
import { type Exchange, parseObject, readBody, sendJson } from '../http/exchange.ts'
import type { ProviderErrors } from '../http/trouble.ts'
import { approve } from './approve.ts'
import { cancel } from './cancel.ts'
import { kakaoErrorBody, refuse } from './errors.ts'
import { order, sidInactive, sidStatus } from './lookups.ts'
import { ready } from './ready.ts'
import { subscription } from './subscription.ts'
import type { Body, Decide, KakaoWorld } from './world.ts'

export const KAKAO_PREFIX = '/online/v1/payment/'

/** Operation names as fault rules use them, by path. */
const OPERATIONS: ReadonlyMap<string, { name: string; decide: Decide }> = new Map([
  ['ready', { name: 'ready', decide: ready }],
  ['approve', { name: 'approve', decide: approve }],
  ['subscription', { name: 'subscription', decide: subscription }],
  ['cancel', { name: 'cancel', decide: cancel }],
  ['order', { name: 'order', decide: order }],
  ['manage/subscription/inactive', { name: 'sid_inactive', decide: sidInactive }],
  ['manage/subscription/status', { name: 'sid_status', decide: sidStatus }],
])

const errors: ProviderErrors = {
  error: (code, message, extras) => kakaoErrorBody(Number(code), message, extras),
  statusOf: () => 400,
  internal: () => ({ error_code: -1, error_message: 'internal error!' }),
  tooMany: () => ({ error_code: -10, error_message: 'API limit has been exceeded.' }),
}

const word = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

/** What fault rules may match. Calls that give only a tid are matched by what the tid stands for. */
function factsOf(bank: Bank, operation: string, body: Body): CallFacts {
  const tid = word(body.tid)
  const payment = tid === undefined ? undefined : bank.kakao.payments.get(tid)
  const amount = body.total_amount ?? body.cancel_amount
  return {
    provider: 'kakaopay',
    operation,
    partnerOrderId: word(body.partner_order_id) ?? payment?.partnerOrderId,
    sid: word(body.sid) ?? payment?.sid,
    amount: amount === undefined ? payment?.total : Number(amount),
  }
}

/** What a decision about KakaoPay may see of the bank. */
function kakaoWorld(bank: Bank, plan: Plan): KakaoWorld {
  return {
    state: bank.kakao,
    now: bank.clock.now(),
    newId: bank.newId,
    pageUrl: (tid) => `${bank.publicUrl}/kakaopay/pay/${tid}`,
    plan,
    countLookup: bank.countLookup,
  }
}

/** Serves one call below `/online/v1/payment/`. */
export async function serveKakao(bank: Bank, exchange: Exchange): Promise<void> {
  const operation = OPERATIONS.get(exchange.path.slice(KAKAO_PREFIX.length))
  if (operation === undefined) return sendJson(exchange, 404, kakaoErrorBody(-404))
  if (exchange.method !== 'POST') return sendJson(exchange, 405, kakaoErrorBody(-404), { allow: 'POST' })
  const text = await readBody(exchange.req, 65_536)
  const body = text === undefined ? undefined : parseObject(text)
  const authorized = exchange.req.headers.authorization === `SECRET_KEY ${bank.settings.kakaoSecretKey}`
  await serveCall(bank, exchange, {
    facts: factsOf(bank, operation.name, body ?? {}),
    errors,
    decide: (plan): Decision => {
      if (!authorized) return answerOnly({ status: 401, body: kakaoErrorBody(-401) })
      if (body === undefined) return refuse(-2, 'the body must be a JSON object')
      return operation.decide(kakaoWorld(bank, plan), body)
    },
  })
}
