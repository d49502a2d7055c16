import { expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { LookupResult, ProviderPayment } from '../provider.ts'
import { isContradicted, needsSecondPerson, saysCharged, saysGivenBack } from './decision.ts'

const payment: ProviderPayment = {
  ref: 'T1',
  merchantRef: 'ours',
  status: 'paid',
  rawStatus: 'SUCCESS_PAYMENT',
  total: won(21_000),
  vat: won(1_909),
  refundable: won(21_000),
  refunds: [{ id: 'r-1', amount: won(5_000) }],
  approvedAt: undefined,
  method: 'card',
  cashReceiptBy: 'nobody',
}
const found = (changes: Partial<ProviderPayment> = {}): LookupResult => ({
  kind: 'found',
  payment: { ...payment, ...changes },
})
const expected = { merchantRef: 'ours', ref: 'T1', total: won(21_000) }

it.each<[LookupResult, string]>([
  [found(), 'yes'],
  [found({ status: 'partially_refunded' }), 'yes'],
  [found({ status: 'refunded' }), 'yes'],
  [found({ status: 'failed' }), 'no'],
  [found({ total: won(20_999) }), 'no'],
  [found({ ref: 'T2' }), 'no'],
  [found({ merchantRef: 'of another' }), 'no'],
  [{ kind: 'not_found' }, 'no'],
  [{ kind: 'not_charged_yet', status: 'READY', final: false }, 'no'],
  [{ kind: 'error', reason: 'mismatch' }, 'no'],
  [{ kind: 'error', reason: 'http_5xx' }, 'silent'],
  [{ kind: 'evidence', lastChargedAt: undefined }, 'silent'],
  [{ kind: 'unsupported' }, 'silent'],
  [{ kind: 'not_asked', reason: 'breaker' }, 'silent'],
  [{ kind: 'no_answer', reason: 'timeout' }, 'silent'],
])('of a charge %j says %s', (answer, word) => {
  expect(saysCharged(answer, expected)).toBe(word)
})

it('of a refund says what of this amount is not recorded yet', () => {
  expect(saysGivenBack(found(), won(5_000), new Set())).toBe('yes')
  expect(saysGivenBack(found(), won(5_000), new Set(['r-1']))).toBe('no')
  expect(saysGivenBack(found(), won(4_999), new Set())).toBe('no')
  expect(saysGivenBack({ kind: 'no_answer', reason: 'timeout' }, won(5_000), new Set())).toBe('silent')
})

it('lets nobody decide the opposite of what the provider says', () => {
  expect(isContradicted('yes', 'no')).toBe(true)
  expect(isContradicted('no', 'yes')).toBe(true)
  for (const decided of ['yes', 'no'] as const) {
    expect(isContradicted(decided, decided)).toBe(false)
    expect(isContradicted(decided, 'silent')).toBe(false)
  }
})

it('asks for a second person above an amount', () => {
  expect(needsSecondPerson(won(1_000), won(1_000))).toBe(false)
  expect(needsSecondPerson(won(1_001), won(1_000))).toBe(true)
  expect(needsSecondPerson(won(1), won(0))).toBe(true)
})
