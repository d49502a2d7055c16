import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { expectBody } from '../../support/api.ts'
import { execute } from '../../support/database.ts'
import type { World } from '../world.ts'
import { type Entry, EVIDENCE, get } from './entry.ts'

/** Announced, and long before it begins: nothing else in the system waits for it. */
const farWindow = {
  startsAt: '2099-01-01T00:00:00Z',
  endsAt: '2099-01-01T01:00:00Z',
  text: { ko: '점검', en: 'Maintenance' },
}
const Known = Type.Object({ data: Type.Union([Type.Null(), Type.Object({ id: Type.String() })]) })

async function knownWindow({ system }: World): Promise<string | null> {
  return expectBody(await system.api().get('/api/maintenance'), 200, Known).data?.id ?? null
}

/** What is announced; else it is announced now. */
async function anyWindow(world: World): Promise<string> {
  const json = { ...farWindow, replaces: await knownWindow(world) }
  const admin = world.system.api(world.tokens.get('admin'))
  const set = await admin.send('PUT', '/api/admin/maintenance', { json })
  return expectBody(set, 200, Type.Object({ id: Type.String() })).id
}

/** A payment whose cash receipt waits for a person; it stands for nothing, so that nothing has to be sent. */
async function refusedReceipt({ system, paid }: World): Promise<string> {
  const { paymentId } = await paid()
  await execute(
    system.databaseUrl,
    `insert into payments.cash_receipt (attempt_id, state, use, number, created_at, updated_at)
     values ('${paymentId}', 'refused', 'deduction', 'x', now(), now())
     on conflict (attempt_id) do update set state = 'refused', use = 'deduction', number = 'x'`,
  )
  return paymentId
}

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
  getMaintenance: get('/api/maintenance'),
  setMaintenance: {
    ok: 200,
    ask: async (world) => ({
      path: '/api/admin/maintenance',
      ask: { json: { ...farWindow, replaces: await knownWindow(world) } },
    }),
  },
  endMaintenance: {
    ok: 204,
    ask: async (world) => ({ path: `/api/admin/maintenance/${await anyWindow(world)}` }),
  },
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
  sendCashReceiptAgain: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/payments/${await refusedReceipt(world)}/cash-receipt/again`,
      ask: { json: { reason: EVIDENCE, cashReceipt: { use: 'deduction', number: '010-1234-5678' } } },
    }),
  },
  giveUpCashReceipt: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/payments/${await refusedReceipt(world)}/cash-receipt/give-up`,
      ask: { json: { reason: EVIDENCE } },
    }),
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
