import Type from 'typebox'
import { businessDate } from '../../../src/platform/time/clock.ts'
import { expectBody } from '../../support/api.ts'
import { execute } from '../../support/database.ts'
import { RECEIVER } from '../../support/people.ts'
import { arrive } from '../../support/shop.ts'
import { consentVersion } from '../../support/subscribe.ts'
import type { World } from '../world.ts'
import { type Entry, EVIDENCE, get, OPERATORS } from './entry.ts'

const SellingTerms = Type.Object({
  data: Type.Array(Type.Object({ version: Type.Integer() })),
  inForce: Type.Record(Type.String(), Type.Integer()),
})

const RETURN = { kind: 'return', reason: 'defective', lines: [{ lineNo: 1, quantity: 1 }] }

/** An order of the owner's that has arrived. */
async function arrivedOrder({ merchant, ...world }: World): Promise<string> {
  const { orderId } = await world.paid()
  await arrive(merchant, orderId)
  return orderId
}

/** Something the owner wants to send back, and how far it is. */
async function askedReturn(
  world: World,
  how: 'asked' | 'approved' | 'declined' | 'exchanging' | 'owing' = 'asked',
): Promise<string> {
  const { owner, merchant, system } = world
  const kind = how === 'exchanging' || how === 'owing' ? 'exchange' : 'return'
  const reason = how === 'owing' ? 'changed_mind' : 'defective'
  const json = { kind, reason, lines: [{ lineNo: 1, quantity: 1 }] }
  const asked = await owner.api.post(`/api/orders/${await arrivedOrder(world)}/returns`, {
    key: true,
    json,
  })
  const { id } = expectBody(asked, 201, Type.Object({ id: Type.String() }))
  const step = (name: string, body: object) =>
    merchant.api.post(`/api/admin/returns/${id}/${name}`, { json: body })
  if (how !== 'asked') await step('approve', {})
  if (how === 'exchanging') await step('receive', { restock: true })
  // As a refund that the provider declined leaves it.
  if (how === 'declined')
    await execute(
      system.databaseUrl,
      `with back as (
        update orders.return_request set state = 'received', version = 3, received_at = now(), restock = false
        where id = '${id}' returning order_id)
      update orders.order_line l set claimed = 0, returned = 1 from back where l.order_id = back.order_id`,
    )
  return id
}

export const orders: Record<string, Entry> = {
  placeOrder: {
    ok: 201,
    ask: async ({ itemId }) => {
      const json = { lines: [{ itemId, quantity: 1 }], receiver: RECEIVER }
      return { path: '/api/orders', ask: { key: true, json } }
    },
  },
  getRecurringPaymentConsent: get('/api/consents/recurring-payment'),
  getAgreedConsent: {
    ok: 200,
    ask: async ({ system }) => ({
      path: `/api/consents/recurring-payment/${await consentVersion(system)}`,
    }),
  },
  getDeliveryTerms: get('/api/delivery-terms'),
  getSubscriptionTerms: get('/api/subscription-terms'),
  listOrders: get('/api/orders'),
  getOrder: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}` }),
  },
  cancelOrder: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}/cancel` }),
  },
  prepareOrder: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/orders/${(await world.paid()).orderId}/prepare`,
      ask: { json: {} },
    }),
  },
  shipOrder: {
    ok: 200,
    ask: async (world) => {
      const json = { carrier: 'hanjin', trackingNumber: '123456789012' }
      return { path: `/api/admin/orders/${(await world.paid()).orderId}/ship`, ask: { json } }
    },
  },
  deliverOrder: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/orders/${(await world.paid()).orderId}/deliver`,
      ask: { json: {} },
    }),
  },
  confirmArrival: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { orderId } = await world.paid()
      const json = { carrier: 'hanjin', trackingNumber: '123456789012' }
      const sent = await world.merchant.api.post(`/api/admin/orders/${orderId}/ship`, { json })
      const { shipments } = expectBody(
        sent,
        200,
        Type.Object({ shipments: Type.Array(Type.Object({ id: Type.String() })) }),
      )
      return { path: `/api/orders/${orderId}/shipments/${shipments[0]?.id}/received` }
    },
  },
  cancelOrderLine: {
    ok: 202,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/orders/${(await world.paid()).orderId}/lines/1/cancel`,
      ask: { key: true, json: {} },
    }),
  },
  listSellingTerms: get('/api/admin/selling-terms'),
  publishSellingTerms: {
    ok: 200,
    ask: async ({ merchant }) => {
      const { data, inForce } = expectBody(
        await merchant.api.get('/api/admin/selling-terms'),
        200,
        SellingTerms,
      )
      return {
        path: '/api/admin/selling-terms',
        ask: { json: { version: data[0]?.version, terms: inForce } },
      }
    },
  },
  listReconciliations: get('/api/admin/reconciliations'),
  reconcile: {
    ok: 200,
    ask: async ({ system }) => ({
      path: '/api/admin/reconciliations',
      ask: { json: { provider: 'kakaopay', day: businessDate(system.now()).toString() } },
    }),
  },
  reconcileTable: {
    ok: 200,
    ask: async ({ system }) => ({
      path: `/api/admin/reconciliations/table?provider=kakaopay&day=${businessDate(system.now())}`,
      ask: { raw: { body: 'type,tid,aid,amount,approved_at', type: 'text/csv' } },
    }),
  },
  listReconciliationFindings: get('/api/admin/reconciliation-findings'),
  decideReconciliationFinding: {
    ok: 204,
    ask: async (world) => ({
      path: `/api/admin/reconciliation-findings/${await world.finding()}/decision`,
      ask: { json: { decision: 'explained', reason: EVIDENCE } },
    }),
  },
  refundOrderLines: {
    ok: 202,
    ask: async (world) => ({
      path: `/api/admin/orders/${(await world.paid()).orderId}/refunds`,
      ask: { key: true, json: { amount: 100, reason: '포장 파손 보상' } },
    }),
  },
  listOrderRefunds: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}/refunds` }),
  },
  getReturnTerms: get('/api/return-terms'),
  askReturn: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/orders/${await arrivedOrder(world)}/returns`,
      ask: { key: true, json: RETURN },
    }),
  },
  listOrderReturns: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}/returns` }),
  },
  cancelReturn: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/returns/${await askedReturn(world)}/cancel` }),
  },
  listReturns: get('/api/admin/returns?size=1'),
  approveReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world)}/approve`,
      ask: { json: {} },
    }),
  },
  refuseReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world)}/refuse`,
      ask: { json: { reason: '개봉한 상품입니다.' } },
    }),
  },
  receiveReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'approved')}/receive`,
      ask: { json: { restock: false } },
    }),
  },
  refundReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'declined')}/refund`,
      ask: { json: {} },
    }),
  },
  settleExchangeFee: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'owing')}/settle-fee`,
      ask: { json: { settlement: 'waived', reason: '단골 고객' } },
    }),
  },
  sendExchange: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'exchanging')}/send`,
      ask: { json: { carrier: 'hanjin', trackingNumber: '123456789012' } },
    }),
  },
  listAdminOrders: get('/api/admin/orders?size=1'),
  countOrdersToSend: get('/api/admin/orders/to-send'),
  exportOrdersToSend: get('/api/admin/orders/to-send.csv'),
  exportOrdersToSendAsWorkbook: get('/api/admin/orders/to-send.xlsx'),
  importTracking: {
    ok: 200,
    ask: async () => ({
      path: '/api/admin/orders/tracking',
      ask: { raw: { body: '주문번호,택배사,운송장번호\n', type: 'text/csv' } },
    }),
  },
}
