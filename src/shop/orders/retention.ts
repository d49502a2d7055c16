import { sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'
import { CONTRACTS } from '../../platform/retention/laws.ts'
import { dueRows, type RetentionRule } from '../../platform/retention/rule.ts'
import type { CyclePort } from './cycle-port.ts'
import type { PaymentPort } from './payment-port.ts'

interface RetentionDeps {
  payments: Pick<PaymentPort, 'unsettledOf'>
  cycles: Pick<CyclePort, 'ordersInUse'>
}

/**
 * Orders, with all that was sent, paid back and sent back of them. Never one with something open: a piece to send, a
 * refund or a return under way, money in doubt, or a subscription that still stands on it.
 */
export function ordersRetention({ payments, cycles }: RetentionDeps): RetentionRule {
  return {
    kind: 'orders.contracts',
    ...CONTRACTS,
    removes: {
      ko: '주문, 상품 줄, 배송, 환불, 반품·교환 기록을 모두 삭제합니다.',
      en: 'Orders are deleted with their lines, parcels, refunds and returns.',
    },
    keeps: {
      ko: '동의 문구의 버전, 결제 장부의 금액, 진행 중인 정기배송의 주문',
      en: 'Versions of consent texts, the amounts in the ledger, orders of subscriptions that go on',
    },
    due: async (db, page) => {
      const { before } = page
      const due = await dueRows(db, page, {
        id: sql`o.id`,
        at: sql`o.placed_at`,
        from: sql`orders."order" o`,
        locked: 'o',
        where: sql`(
          (o.state in ('cancelled', 'expired', 'refunded') and o.closed_at < ${before})
          or (o.state in ('shipped', 'delivered', 'partially_refunded') and o.paid_at < ${before}
            and o.refund_requested_at is null
            and not exists (
              select from orders.order_line l where l.order_id = o.id and l.sent + l.cancelled < l.quantity)))
          and not exists (
            select from orders.shipment s join orders.shipment_line l on l.shipment_id = s.id
            where s.order_id = o.id and coalesce(l.delivered_at, s.shipped_at) >= ${before})
          and not exists (
            select from orders.refund r where r.order_id = o.id and (r.ended_at is null or r.ended_at >= ${before}))
          and not exists (
            select from orders.return_request q
            where q.order_id = o.id and (q.ended_at is null or q.ended_at >= ${before}))`,
      })
      if (due.ids.length === 0) return due
      const kept = new Set([
        ...(await payments.unsettledOf(db, due.ids)),
        ...(await cycles.ordersInUse(db, due.ids)),
      ])
      return { ...due, ids: due.ids.filter((id) => !kept.has(id)) }
    },
    clear: deleteOrders,
  }
}

/** What refers to others goes before them. */
async function deleteOrders(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const table of [
    'return_line',
    'return_request',
    'refund_line',
    'refund',
    'shipment_line',
    'shipment',
    'order_line',
  ])
    await sql`delete from ${sql.id('orders', table)} where order_id = any(${ids}::uuid[])`.execute(tx)
  await sql`delete from orders."order" where id = any(${ids}::uuid[])`.execute(tx)
}
