import { sql } from 'kysely'
import { ADVERTISING, CONTRACTS } from '../../platform/retention/laws.ts'
import { dueRows, type RetentionRule } from '../../platform/retention/rule.ts'

const OVER = sql`least(c.ends_at, c.ended_at)`

const uses: RetentionRule = {
  kind: 'coupons.uses',
  ...CONTRACTS,
  removes: {
    ko: '끝난 쿠폰을 누가 사용했는지의 기록을 삭제합니다.',
    en: 'Who used a coupon that is over is deleted.',
  },
  keeps: { ko: '쿠폰이 사용된 횟수', en: 'How often the coupon was used' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`u.order_id`,
      at: sql`u.used_at`,
      from: sql`coupons.use u join coupons.coupon c on c.id = u.coupon_id`,
      locked: 'u',
      where: sql`${OVER} < ${page.before} and coalesce(u.returned_at, u.used_at) < ${page.before}`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from coupons.use where order_id = any(${ids}::uuid[])`.execute(tx)
  },
}

const offers: RetentionRule = {
  kind: 'coupons.offers',
  ...ADVERTISING,
  removes: {
    ko: '끝난 쿠폰 중 사용 기록이 없는 것을 삭제합니다.',
    en: 'Coupons that are over are deleted when no use of them is kept.',
  },
  keeps: { ko: '사용 기록이 남아 있는 쿠폰', en: 'Coupons whose uses are kept' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`c.id`,
      at: sql`c.created_at`,
      from: sql`coupons.coupon c`,
      locked: 'c',
      where: sql`${OVER} < ${page.before} and not exists (select from coupons.use u where u.coupon_id = c.id)`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from coupons.coupon where id = any(${ids}::uuid[])`.execute(tx)
  },
}

export const couponsRetention: readonly RetentionRule[] = [uses, offers]
