import { randomUUID } from 'node:crypto'
import { type Entry, EVIDENCE, get } from './entry.ts'

export const operators: Record<string, Entry> = {
  getOrderFigures: get('/api/admin/figures/orders?days=3'),
  getQuestionFigures: get('/api/admin/figures/questions'),
  getPaymentFigures: get('/api/admin/figures/payments?days=3'),
  getSubscriptionFigures: get('/api/admin/figures/subscriptions?days=3'),
  listProviders: get('/api/admin/providers'),
  getDelivery: get('/api/admin/delivery'),
  listSettings: get('/api/admin/settings'),
  getRetention: get('/api/admin/retention'),
  countDueRecords: get('/api/admin/retention/due'),
  listStaff: get('/api/admin/accounts/staff'),
  watchChanges: { ok: 200, ask: async () => ({ path: '/api/admin/changes', ask: { endless: true } }) },
  listPayments: get('/api/admin/payments?size=5'),
  inspectPayment: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/payments/${(await world.paid()).paymentId}` }),
  },
  lookUpPayment: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/payments/${await world.unknownPayment()}/lookup` }),
  },
  decidePayment: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/payments/${await world.unknownPayment()}/decision`,
      ask: { json: { outcome: 'charged', evidence: EVIDENCE } },
    }),
  },
  namePayment: {
    ok: 200,
    ask: async (world) => {
      const { paymentId } = await world.paid()
      const [charge] = await world.system.bank.journal(`?kind=charge&partnerOrderId=${paymentId}`)
      const json = { providerRef: charge?.tid, evidence: EVIDENCE }
      return { path: `/api/admin/payments/${paymentId}/provider-ref`, ask: { json } }
    },
  },
  lookUpRefund: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/refunds/${await world.unknownRefund()}/lookup` }),
  },
  listProposals: get('/api/admin/proposals'),
  confirmProposal: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/proposals/${await world.proposal()}/confirm` }),
  },
  rejectProposal: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/proposals/${await world.proposal()}/reject` }),
  },
  decideRefund: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/refunds/${await world.unknownRefund()}/decision`,
      ask: { json: { outcome: 'given', evidence: EVIDENCE, providerRefundId: `A${randomUUID()}` } },
    }),
  },
  listAudit: get('/api/admin/audit?size=5'),
  getLedgerBalances: get('/api/admin/ledger'),
  listDeadLetters: get('/api/admin/dead-letters'),
  replayDeadLetter: {
    ok: 204,
    ask: async (world) => ({ path: `/api/admin/dead-letters/event/${await world.deadEvent()}/replay` }),
  },
  replayDeadEvents: {
    ok: 200,
    ask: async () => ({
      path: '/api/admin/dead-letters/events/replay',
      ask: { json: { type: 'test.no-such' } },
    }),
  },
  discardDeadEvents: {
    ok: 200,
    ask: async () => ({
      path: '/api/admin/dead-letters/events/discard',
      ask: { json: { type: 'test.no-such' } },
    }),
  },
  discardDeadEvent: {
    ok: 204,
    ask: async (world) => ({ path: `/api/admin/dead-letters/event/${await world.deadEvent()}` }),
  },
}
