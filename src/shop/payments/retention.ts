import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import { CONTRACTS } from '../../platform/retention/laws.ts'
import { type Due, dueRows, type RetentionRule } from '../../platform/retention/rule.ts'
import type { Payable } from './payable.ts'

/** Attempts that are over, whatever came of them. */
const OVER = sql`('succeeded', 'succeeded_late', 'declined', 'cancelled', 'expired', 'failed')`
/** Cash receipts that are not over: to issue one needs the number, and to take one back the payment. */
const RECEIPT_OPEN = sql`('asked', 'due', 'sent', 'unknown', 'refused')`
/** Whose an emptied row is: nobody's. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Payments. The ledger, and with it the amounts of each payment and refund, is kept for ever: what is emptied is whose
 * they were and what for. Never one of an order that is still kept, one in doubt, with a refund under way, a decision that
 * waits for a second person, or a difference to the provider's list that nobody has decided.
 */
const payments = (payable: Pick<Payable, 'stillKept'>): RetentionRule => ({
  kind: 'payments.payments',
  ...CONTRACTS,
  removes: {
    ko: '결제자, 상품명, 결제수단, 결제 화면의 주소, 사유와 담당자가 적은 근거, 현금영수증에 표시된 번호를 비우고 결제사와 주고받은 기록을 삭제합니다.',
    en: 'Payer, item name, means and page of payment, reasons, what operators wrote and the number shown of a cash receipt are emptied; what went to and fro with the provider is deleted.',
  },
  keeps: {
    ko: '결제·환불 금액과 장부, 결제사 거래 번호(결제사 명세와의 대사에 필요), 대사 결과와 담당자의 판단, 금액에 관한 결정과 결정한 담당자, 현금영수증 승인번호와 금액',
    en: 'Amounts of payments and refunds, the ledger, the provider’s numbers (without which nothing could be compared with its lists), what reconciliation found and was made of it, what was decided about money and by which operator, numbers and amounts of cash receipts',
  },
  due: async (db, page) => {
    const due = await dueRows(db, page, {
      id: sql`a.id`,
      at: sql`a.created_at`,
      from: sql`payments.attempt a`,
      locked: 'a',
      where: sql`a.forgotten_at is null and a.state in ${OVER} and a.updated_at < ${page.before}
        and not a.needs_review and a.refund_reserved = 0
        and not exists (
          select from payments.refund r
          where r.attempt_id = a.id and (r.finished_at is null or r.finished_at >= ${page.before}))
        and not exists (
          select from payments.cash_receipt c
          where c.attempt_id = a.id and (c.state in ${RECEIPT_OPEN} or c.updated_at >= ${page.before}))
        and not exists (
          select from payments.proposal p
          where (p.state = 'open'
              or exists (select from payments.proposal_deed d where d.proposal_id = p.id and d.done_at is null))
            and p.subject_id = any(array(select r.id from payments.refund r where r.attempt_id = a.id) || a.id))
        and not exists (
          select from payments.reconciliation_finding f
          where f.attempt_id = a.id and f.gone_at is null
            and not exists (select from payments.reconciliation_decision d where d.finding_id = f.id))`,
    })
    return withoutKept(db, due, payable)
  },
  clear: async (tx, ids, now) => {
    await sql`delete from payments.history where attempt_id = any(${ids}::uuid[])`.execute(tx)
    await sql`
      update payments.refund set reason = '', requested_by = '', decline_message = null
      where attempt_id = any(${ids}::uuid[])`.execute(tx)
    await sql`
      update payments.cash_receipt set shown = null, url = null, problem_message = null
      where attempt_id = any(${ids}::uuid[])`.execute(tx)
    await sql`
      update payments.attempt set owner_id = ${NOBODY}, item_name = '', buyer_ref = '', return_key = '',
        decline_message = null, method = null, redirect_url = null, proof = null, forgotten_at = ${now}
      where id = any(${ids}::uuid[])`.execute(tx)
    // What they had as keys stays, with nothing in them. Of a forgotten payment only: the guard of proposals sees to it.
    await sql`
      update payments.proposal set provider_said = null, terms = terms
        || case when terms ? 'evidence' then '{"evidence":""}'::jsonb else '{}' end
        || case when terms ? 'reason' then '{"reason":""}'::jsonb else '{}' end
      where subject_id = any(
        ${ids}::uuid[] || array(select id from payments.refund where attempt_id = any(${ids}::uuid[])))`.execute(
      tx,
    )
  },
})

/** Without the payments of orders that are still there, whatever keeps these. */
async function withoutKept(db: Db | Tx, due: Due, payable: Pick<Payable, 'stillKept'>): Promise<Due> {
  if (due.ids.length === 0) return due
  const { rows } = await sql<{ id: string; order: string }>`
    select id, order_id as "order" from payments.attempt where id = any(${due.ids}::uuid[])`.execute(db)
  const kept = new Set(
    await payable.stillKept(
      db,
      rows.map(({ order }) => order),
    ),
  )
  const orderOf = new Map(rows.map(({ id, order }) => [id, order]))
  return { ...due, ids: due.ids.filter((id) => !kept.has(orderOf.get(id) ?? '')) }
}

/** Never one whose charge is under way, in doubt or with a person who decides: to ask about that needs the token. */
const methods: RetentionRule = {
  kind: 'payments.methods',
  ...CONTRACTS,
  removes: {
    ko: '해지된 결제수단의 토큰과 표시 이름을 비웁니다.',
    en: 'Token and shown name of payment methods that were given up are emptied.',
  },
  keeps: { ko: '어느 결제에 쓰였는지의 번호', en: 'The number by which payments name it' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`m.id`,
      at: sql`m.created_at`,
      from: sql`payments.method m`,
      locked: 'm',
      where: sql`m.state in ('revoked', 'dead') and m.updated_at < ${page.before} and m.token <> ''
        and not exists (
          select from payments.attempt a
          where a.method_id = m.id and a.state in ('created', 'sent', 'unknown'))
        and not exists (select from payments.attempt a where a.method_id = m.id and a.needs_review)`,
    }),
  clear: async (tx, ids) => {
    await sql`
      update payments.method set token = '', display = '', buyer_ref = '', owner_id = ${NOBODY}
      where id = any(${ids}::uuid[])`.execute(tx)
  },
}

const registrations: RetentionRule = {
  kind: 'payments.registrations',
  ...CONTRACTS,
  removes: {
    ko: '끝난 결제수단 등록 기록을 삭제합니다.',
    en: 'Registrations of payment methods that have ended are deleted.',
  },
  keeps: {
    ko: '등록된 결제수단이 남아 있는 등록',
    en: 'Registrations whose payment method is still there',
  },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`r.id`,
      at: sql`r.created_at`,
      from: sql`payments.registration r`,
      locked: 'r',
      where: sql`r.state in ('succeeded', 'declined', 'cancelled', 'expired', 'failed')
        and r.updated_at < ${page.before}
        and not exists (select from payments.method m where m.registered_by = r.id)`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from payments.registration where id = any(${ids}::uuid[])`.execute(tx)
  },
}

/** Says how long payments keep what they know of people; a payment waits until its order is kept no longer. */
export function paymentsRetention(payable: Pick<Payable, 'stillKept'>): readonly RetentionRule[] {
  return [payments(payable), methods, registrations]
}

/** Of these orders those whose money may still move: an attempt, a refund or a cash receipt is under way, or a person has to decide. */
export async function unsettledOf(db: Db | Tx, orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select order_id as id from payments.attempt
    where order_id = any(${orderIds}::uuid[]) and (state not in ${OVER} or needs_review or refund_reserved > 0)
    union
    select order_id from payments.refund
    where order_id = any(${orderIds}::uuid[]) and (finished_at is null or needs_review)
    union
    select a.order_id from payments.attempt a join payments.cash_receipt c on c.attempt_id = a.id
    where a.order_id = any(${orderIds}::uuid[]) and c.state in ${RECEIPT_OPEN}`.execute(db)
  return rows.map(({ id }) => id)
}
