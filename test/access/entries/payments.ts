import { beginRegistration, registerMethod } from '../../support/registrations.ts'
import { beginPayment } from '../../support/shop.ts'
import type { World } from '../world.ts'
import { type Entry, get, OPERATORS } from './entry.ts'

export const payments: Record<string, Entry> = {
  beginPayment: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => {
      const json = { orderId: await world.order(), provider: 'kakaopay' }
      return { path: '/api/payments', ask: { key: true, json } }
    },
  },
  listOwnPayments: {
    ok: 200,
    ask: async (world) => ({ path: `/api/payments?orderId=${(await world.paid()).orderId}` }),
  },
  getPayment: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/payments/${(await world.paid()).paymentId}` }),
  },
  requestRefund: {
    ok: 202,
    // Merchants give money back too.
    owned: { also: OPERATORS },
    ask: async (world) => {
      const { paymentId } = await world.paid()
      return { path: `/api/payments/${paymentId}/refunds`, ask: { key: true, json: { reason: '단순 변심' } } }
    },
  },
  tossWebhook: {
    ok: 200,
    ask: async (world) => {
      const data = { orderId: (await world.paid()).paymentId, status: 'CANCELED' }
      return {
        path: '/api/payments/webhooks/toss',
        ask: { json: { eventType: 'PAYMENT_STATUS_CHANGED', data } },
      }
    },
  },
  returnFromProvider: {
    ok: 200,
    ask: async (world) => {
      const { redirectUrl } = await beginPayment(world.owner, await world.order())
      return { path: (await world.system.bank.press(redirectUrl, 'cancel')) ?? '' }
    },
  },
}

const REGISTRATIONS = '/api/payment-methods/registrations'

/** The owner is on the provider's page of a registration. */
const registration = (world: World) => beginRegistration(world.owner)

export const methods: Record<string, Entry> = {
  listPaymentMethods: get('/api/payment-methods'),
  beginPaymentMethodRegistration: {
    ok: 201,
    ask: async () => ({ path: REGISTRATIONS, ask: { key: true, json: { provider: 'kakaopay' } } }),
  },
  getPaymentMethodRegistration: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `${REGISTRATIONS}/${(await registration(world)).id}` }),
  },
  returnFromRegistration: {
    ok: 200,
    ask: async (world) => {
      const { redirectUrl } = await registration(world)
      return { path: (await world.system.bank.press(redirectUrl, 'cancel')) ?? '' }
    },
  },
  usePaymentMethod: {
    ok: 200,
    owned: { also: [] },
    ask: async ({ system, owner }) => ({
      path: `/api/payment-methods/${await registerMethod(system, owner)}/use`,
    }),
  },
  removePaymentMethod: {
    ok: 204,
    owned: { also: [] },
    ask: async ({ system, owner }) => ({
      path: `/api/payment-methods/${await registerMethod(system, owner)}`,
    }),
  },
}
