import { sql } from 'kysely'
import { CONTRACTS } from '../../platform/retention/laws.ts'
import { dueRows, type RetentionRule } from '../../platform/retention/rule.ts'

/** Subscriptions that have ended, with their cycles. Never one with a cycle that is not settled. */
export const subscriptionsRetention: RetentionRule = {
  kind: 'subscriptions.agreements',
  ...CONTRACTS,
  removes: {
    ko: '해지된 정기배송과 그 회차 기록을 삭제합니다.',
    en: 'Subscriptions that were cancelled are deleted with their cycles.',
  },
  keeps: { ko: '정기결제 실행의 집계', en: 'What billing runs have come to' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`s.id`,
      at: sql`s.started_at`,
      from: sql`subscriptions.subscription s`,
      locked: 's',
      where: sql`s.state = 'cancelled' and s.cancelled_at < ${page.before} and not s.latest_cycle_open
        and s.claimed_by is null
        and not exists (
          select from subscriptions.cycle c where c.subscription_id = s.id
            and (c.updated_at >= ${page.before}
              or c.state in ('due', 'ordering', 'charging', 'declined', 'frozen')))`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from subscriptions.charge_refusal where subscription_id = any(${ids}::uuid[])`.execute(
      tx,
    )
    await sql`delete from subscriptions.billing_set_aside where subscription_id = any(${ids}::uuid[])`.execute(
      tx,
    )
    await sql`delete from subscriptions.cycle where subscription_id = any(${ids}::uuid[])`.execute(tx)
    await sql`delete from subscriptions.subscription where id = any(${ids}::uuid[])`.execute(tx)
  },
}
