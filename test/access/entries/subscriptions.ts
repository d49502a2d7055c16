import { RECEIVER } from '../../support/people.ts'
import { type Entry, get, OPERATORS } from './entry.ts'

/** A change of one's own subscription, which nobody else may make. */
const change = (name: string, json: object = {}): Entry => ({
  ok: 200,
  owned: { also: [] },
  ask: async (world) => ({
    path: `/api/subscriptions/${(await world.subscription()).id}/${name}`,
    ask: { json },
  }),
})

const forAnybody = (name: string, json: object, ok = 200): Entry => ({
  ok,
  ask: async (world) => ({
    path: `/api/admin/subscriptions/${(await world.subscription()).id}/${name}`,
    ask: { json },
  }),
})

export const subscriptions: Record<string, Entry> = {
  listSubscriptions: get('/api/subscriptions'),
  getSubscription: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/subscriptions/${(await world.subscription()).id}` }),
  },
  changeSubscriptionQuantity: change('quantity', { quantity: 2 }),
  changeSubscriptionPeriod: change('period', { period: { unit: 'days', count: 60 } }),
  changeSubscriptionReceiver: change('receiver', { receiver: RECEIVER }),
  changeSubscriptionMethod: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { id, paymentMethodId } = await world.subscription()
      return { path: `/api/subscriptions/${id}/method`, ask: { json: { paymentMethodId } } }
    },
  },
  acceptSubscriptionPrice: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { id } = await world.subscription()
      const json = { unitPrice: 50_000 }
      await world.merchant.api.post(`/api/admin/subscriptions/${id}/price`, { json })
      return { path: `/api/subscriptions/${id}/accept-price`, ask: { json } }
    },
  },
  skipDelivery: change('skip'),
  unskipDelivery: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { id, nextCharge } = await world.subscription()
      const json = { due: nextCharge?.due }
      await world.owner.api.post(`/api/subscriptions/${id}/skip`, { json })
      return { path: `/api/subscriptions/${id}/unskip`, ask: { json } }
    },
  },
  pauseSubscription: change('pause'),
  resumeSubscription: change('resume'),
  cancelSubscription: change('cancel'),
  listAllSubscriptions: get('/api/admin/subscriptions?size=5'),
  cancelSubscriptionForCustomer: forAnybody('cancel', { reason: 'merchant_decision' }),
  proposeSubscriptionPrice: forAnybody('price', { unitPrice: 40_000 }),
  // Who may is told that nothing is held fast.
  retryRefusedRequest: forAnybody('retry', {}, 409),
}

const ofRun = (path: string, ok = 200): Entry => ({
  ok,
  ask: async (world) => ({ path: `/api/admin/billing-runs/${await world.billingRun()}${path}` }),
})

export const billing: Record<string, Entry> = {
  listBillingRuns: get('/api/admin/billing-runs'),
  startBillingRun: { ok: 202, ask: async () => ({ path: '/api/admin/billing-runs', ask: { json: {} } }) },
  planBillingRun: get('/api/admin/billing-plan'),
  getBillingRun: ofRun(''),
  watchBillingRun: ofRun('/progress'),
  // Who may is told that the run has ended.
  pauseBillingRun: ofRun('/pause', 409),
  resumeBillingRun: ofRun('/resume', 409),
  // Who may is told that a new subscription has no such cycle yet.
  replayBillingCycle: {
    ok: 404,
    ask: async (world) => {
      const { id } = await world.subscription()
      return { path: `/api/admin/billing-cycles/${id}/9/replay` }
    },
  },
}
