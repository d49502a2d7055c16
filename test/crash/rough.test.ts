import { expect, it } from 'vitest'
import { type Done, notTried } from './rough.ts'

const attempt = (provider: string, refunded: number) => ({
  id: `${provider}-${refunded}`,
  orderId: 'o1',
  provider,
  state: 'succeeded',
  total: 11_000,
  refunded,
})
const rough: Done = {
  purchases: 100,
  snapshot: {
    attempts: [attempt('kakaopay', 1_000), attempt('toss', 1_000)],
    couponUses: [{ couponId: 'c1', orderId: 'o1', customerId: 'u1', discount: 500, returned: false }],
    bankReceipts: [{ type: 'CONFIRM', partnerOrderId: 'p1', amount: 1 }],
    returns: [{ id: 'b1', orderId: 'o1', state: 'refunded', refundId: 'r1', kind: 'return' }],
  },
}
const but = (change: Partial<Done['snapshot']>): Done => ({
  ...rough,
  snapshot: { ...rough.snapshot, ...change },
})

it.each<[string, Done, string[]]>([
  ['all there is', rough, []],
  ['no return', but({ returns: [] }), ['return that was refunded']],
  ['no coupon', but({ couponUses: [] }), ['coupon that was used']],
  [
    'one provider',
    but({ attempts: [attempt('kakaopay', 1_000)] }),
    ['payment by toss', 'payment by toss of which a part was given back'],
  ],
  [
    'all or nothing given back',
    but({ attempts: [attempt('kakaopay', 11_000), attempt('toss', 1_000)] }),
    ['payment by kakaopay of which a part was given back'],
  ],
  ['no receipt', but({ bankReceipts: [] }), ['cash receipt']],
  ['few customers', { ...but({ attempts: [], bankReceipts: [] }), purchases: 10 }, []],
])('a run with %s is as rough as it says', (_what, done, missing) => {
  expect(notTried(done)).toEqual(missing)
})
