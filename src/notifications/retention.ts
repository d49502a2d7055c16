import { sql } from 'kysely'
import { dueRows, type RetentionRule } from '../platform/retention/rule.ts'

const PROMISE = {
  term: Temporal.Duration.from({ years: 1 }),
  basis: { ko: '개인정보처리방침: 보낸 알림은 최대 1년', en: 'Privacy policy: messages for up to a year' },
}

/** What customers were told. A command of a message that is gone does nothing. */
const messages: RetentionRule = {
  kind: 'notifications.messages',
  ...PROMISE,
  removes: { ko: '보낸 알림을 삭제합니다.', en: 'Messages are deleted.' },
  keeps: { ko: '없음', en: 'Nothing' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`m.id`,
      at: sql`m.created_at`,
      from: sql`notifications.message m`,
      locked: 'm',
      where: sql`true`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from notifications.message where id = any(${ids}::uuid[])`.execute(tx)
  },
}

const knownOrders: RetentionRule = {
  kind: 'notifications.orders',
  ...PROMISE,
  removes: {
    ko: '알림에 쓰려고 기억한 주문 번호를 삭제합니다.',
    en: 'Order numbers remembered for messages are deleted.',
  },
  keeps: { ko: '없음', en: 'Nothing' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`o.order_id`,
      at: sql`o.placed_at`,
      from: sql`notifications.known_order o`,
      locked: 'o',
      where: sql`true`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from notifications.known_order where order_id = any(${ids}::uuid[])`.execute(tx)
  },
}

export const notificationsRetention: readonly RetentionRule[] = [messages, knownOrders]
