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
import { createKakaoPay, type KakaoPaySettings } from './kakaopay.ts'

export const SECRET = 'DEV_KAKAOPAY_SECRET'
export const BUYER = 'buyer-7f3a'
export const MONEY: Money = { total: won(11_000), taxFree: won(0), vat: won(1_000) }

/** The adapter of KakaoPay against a simulated bank, and what it wrote to the log. */
export function adapter(baseUrl: string, more: Partial<KakaoPaySettings> = {}) {
  const seen: string[] = []
  const provider = createKakaoPay({
    baseUrl,
    secretKey: SECRET,
    cid: 'TC0ONETIME',
    subscriptionCid: 'TCSUBSCRIP',
    maxConnections: 8,
    observe: (operation, { kind, reason }) => seen.push([operation, kind, reason].filter(Boolean).join(' ')),
    ...more,
  })
  onTestFinished(() => provider.stop())
  return { provider, seen }
}

/** A call that gives up after so many milliseconds. */
export const within = (ms = 5_000): CallContext => ({
  deadline: Date.now() + ms,
  idempotencyKey: randomUUID(),
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
export async function shop(more: Partial<KakaoPaySettings> = {}) {
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
      itemName: '홍삼정 에브리타임 30포',
      quantity: 1,
      money: MONEY,
      urls: { success: 'http://shop.test/ok', cancel: 'http://shop.test/no', fail: 'http://shop.test/bad' },
      device: 'pc' as const,
      ...changes,
    }
    const { ref, redirectUrl } = gained(await provider.beginCheckout(input, within()))
    return { ...input, ref, redirectUrl }
  }
  type PayChanges = Partial<BeginCheckout> & { mode?: CompleteCheckout['mode'] }
  const begin = ({ mode = 'pay', ...changes }: PayChanges = {}) => beginIn(mode, changes)
  const agree = async (redirectUrl: string) => {
    const back = await request(`${redirectUrl}/approve`, { method: 'POST', body: 'method=CARD' })
    const query = Object.fromEntries(new URL(back.headers.get('location') ?? '').searchParams)
    const returned = provider.parseReturn('success', query)
    if (returned.kind !== 'approved') throw new Error('the bank sent no pg_token')
    return returned.proof
  }
  const authorised = async (mode: CompleteCheckout['mode'] = 'pay') => {
    const begun = await begin({ mode })
    return { ...begun, proof: await agree(begun.redirectUrl) }
  }
  const paid = async (mode: CompleteCheckout['mode'] = 'pay') => {
    const input = await authorised(mode)
    return { input, ...gained(await provider.completeCheckout(input, within())) }
  }
  const token = async () => (await paid('pay_and_issue_token')).token?.token ?? ''
  const charge = (sid: string, ms?: number, merchantRef: string = randomUUID()) =>
    provider.chargeToken(
      { merchantRef, token: sid, buyerRef: BUYER, itemName: '정기배송', quantity: 1, money: MONEY },
      within(ms),
    )
  const charges = async () => (await journal(bank)).filter((row) => row.kind === 'charge')
  return { bank, provider, seen, begin, beginIn, agree, authorised, paid, token, charge, charges }
}

/** A request to give back so much of a payment. */
export const refundOf = (
  payment: ProviderPayment,
  total: number,
  before: number,
  origin: 'pay' | 'token' = 'pay',
) => ({
  ref: payment.ref,
  origin,
  money: { total: won(total), taxFree: won(0), vat: won(Math.round(total / 11)) },
  refundableBefore: won(before),
  reason: '단순 변심',
})
