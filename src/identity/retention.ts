import { sql } from 'kysely'
import { ACCESS_LOGS, CONTRACTS } from '../platform/retention/laws.ts'
import { dueRows, type RetentionRule } from '../platform/retention/rule.ts'

/** Logins that are over: when and with which browser or program somebody came. */
export const loginsRetention: RetentionRule = {
  kind: 'identity.logins',
  ...ACCESS_LOGS,
  removes: { ko: '끝난 로그인 기록을 삭제합니다.', en: 'Logins that are over are deleted.' },
  keeps: { ko: '아직 유효한 로그인', en: 'Logins that are still good' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`s.id`,
      at: sql`s.created_at`,
      from: sql`identity.session s`,
      locked: 's',
      where: sql`greatest(s.last_used_at, s.revoked_at) < ${page.before}
        and not exists (select from identity.refresh_token t where t.session_id = s.id)
        and not exists (select from identity.browser_session b where b.session_id = s.id)`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from identity.session where id = any(${ids}::uuid[])`.execute(tx)
  },
}

/** Which texts somebody agreed to who has left: what their contracts were made by, and kept as long as these. */
export const agreementsRetention: RetentionRule = {
  kind: 'identity.agreements',
  ...CONTRACTS,
  removes: {
    ko: '탈퇴한 회원이 약관에 동의한 기록을 삭제합니다.',
    en: 'To which texts people agreed who have closed their account is deleted.',
  },
  keeps: { ko: '약관의 글, 회원이 동의한 기록', en: 'The texts, and what members agreed to' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`a.id`,
      at: sql`a.withdrawn_at`,
      from: sql`identity.account a`,
      locked: 'a',
      where: sql`a.status = 'withdrawn'
        and exists (select from identity.agreement g where g.account_id = a.id)`,
    }),
  clear: async (tx, ids) => {
    await sql`delete from identity.agreement where account_id = any(${ids}::uuid[])`.execute(tx)
  },
}
