import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { journal, request, testBank } from '../../../../../simulators/bank/testing.ts'
import { won } from '../../../../platform/money.ts'
import type {
  BeginCheckout,
  CallContext,
  CompleteCheckout,
  Completion,
  Money,
  ProviderPayment,
} from '../../provider.ts'
import { createToss, type TossSettings } from './toss.ts'

export const SECRET = 'test_sk_simulated'
export const BUYER = 'buyer-7f3a'
export const MONEY: Money = { total: won(15_000), taxFree: won(0), vat: won(1_364) }

/** The adapter of Toss Payments against a simulated bank, and what it wrote to the log. */
export function adapter(url: string, more: Partial<TossSettings> = {}) {
  const seen: string[] = []
  const provider = createToss({
    baseUrl: url,
    secretKey: SECRET,
    clientKey: 'test_ck_simulated',
    checkoutPageUrl: `${url}/toss/checkout`,
    maxConnections: 8,
    observe: (operation, { kind, reason }) => seen.push([operation, kind, reason].filter(Boolean).join(' ')),
    ...more,
  })
  onTestFinished(() => provider.stop())
  return { provider, seen }
}

/** A call that gives up after so many milliseconds. */
export const within = (ms = 5_000, idempotencyKey: string = randomUUID()): CallContext => ({
  deadline: Date.now() + ms,
  idempotencyKey,
})

/**
 * The value of an outcome.
 * @throws when there is none
 */
export function gained<T>(outcome: Completion<T>): T {
  if (outcome.kind !== 'ok') throw new Error(`not ok: ${JSON.stringify(outcome)}`)
  return outcome.value
}

/** A bank, its adapter, and a customer who agrees on the bank's page. */
export async function shop(more: Partial<TossSettings> = {}) {
  const bank = await testBank()
  const { provider, seen } = adapter(bank.url, more)
  const beginIn = async <M extends BeginCheckout['mode']>(
    mode: M,
    changes: Partial<Omit<BeginCheckout, 'mode'>> = {},
  ) => {
    const input = {
      merchantRef: randomUUID(),
      mode,
      buyerRef: BUYER,
      itemName: '비타민 D 2000IU',
      quantity: 1,
      money: MONEY,
      urls: {
        success: 'http://shop.test/ok?x=1',
        cancel: 'http://shop.test/no',
        fail: 'http://shop.test/bad',
      },
      device: 'pc' as const,
      ...changes,
    }
    return { ...input, ...gained(await provider.beginCheckout(input, within())) }
  }
  type PayChanges = Partial<BeginCheckout> & { mode?: CompleteCheckout['mode'] }
  const begin = ({ mode = 'pay', ...changes }: PayChanges = {}) => beginIn(mode, changes)
  /** The customer opens the page and presses a button; what comes back to the shop. */
  const leave = async (
    redirectUrl: string,
    step: 'approve' | 'cancel' | 'fail',
    form: Record<string, string> = {},
  ) => {
    const page = new URL(redirectUrl)
    const body = new URLSearchParams({ ...Object.fromEntries(page.searchParams), ...form })
    const back = await request(`${page.origin}${page.pathname}/${step}`, { method: 'POST', body })
    const target = new URL(back.headers.get('location') ?? '')
    const query = Object.fromEntries(target.searchParams)
    return provider.parseReturn(target.pathname === '/ok' ? 'success' : 'fail', query)
  }
  const authorised = async (mode: CompleteCheckout['mode'] = 'pay') => {
    const begun = await begin({ mode })
    const returned = await leave(begun.redirectUrl, 'approve')
    if (returned.kind !== 'approved') throw new Error(`the bank sent ${JSON.stringify(returned)}`)
    return { ...begun, proof: returned.proof }
  }
  const paid = async (mode: CompleteCheckout['mode'] = 'pay') => {
    const input = await authorised(mode)
    return { input, ...gained(await provider.completeCheckout(input, within())) }
  }
  const token = async () => (await paid('pay_and_issue_token')).token?.token ?? ''
  const charge = (billingKey: string, call = within(), merchantRef: string = randomUUID()) =>
    provider.chargeToken(
      { merchantRef, token: billingKey, buyerRef: BUYER, itemName: '정기배송', quantity: 1, money: MONEY },
      call,
    )
  const charges = async () => (await journal(bank)).filter((row) => row.kind === 'charge')
  return { bank, provider, seen, begin, beginIn, leave, authorised, paid, token, charge, charges }
}

/** A request to give back so much of a payment. */
export const refundOf = (payment: ProviderPayment, total: number, before: number) => ({
  ref: payment.ref,
  origin: 'pay' as const,
  money: { total: won(total), taxFree: won(0), vat: won(Math.round(total / 11)) },
  refundableBefore: won(before),
  reason: '단순 변심',
})
