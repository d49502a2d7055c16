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
    subscriptions: [{ orderId: 'o1', itemId: 'i1', paidBy: 'p1' }],
    returns: [{ id: 'b1', orderId: 'o1', state: 'refunded', refundId: 'r1', kind: 'return' }],
  },
  cartOrders: new Map([
    [
      'o1',
      [
        { id: 'l1', quantity: 2 },
        { id: 'l2', quantity: 1 },
      ],
    ],
    ['o2', [{ id: 'l3', quantity: 1 }]],
  ]),
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
  ['no subscription', but({ subscriptions: [] }), ['subscription']],
  ['no receipt', but({ bankReceipts: [] }), ['cash receipt']],
  [
    'one line in every cart',
    { ...rough, cartOrders: new Map([...rough.cartOrders].slice(1)) },
    ['cart of several lines'],
  ],
  [
    'all carts paid',
    { ...rough, cartOrders: new Map([...rough.cartOrders].slice(0, 1)) },
    ['cart that was left unpaid'],
  ],
  [
    'few customers',
    {
      ...but({ attempts: [], bankReceipts: [], subscriptions: [] }),
      purchases: 10,
      cartOrders: new Map(),
    },
    [],
  ],
])('a run with %s is as rough as it says', (_what, done, missing) => {
  expect(notTried(done)).toEqual(missing)
})
