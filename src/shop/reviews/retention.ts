import { sql } from 'kysely'
import { COMPLAINTS } from '../../platform/retention/laws.ts'
import { dueRows, type RetentionRule } from '../../platform/retention/rule.ts'

/** Reports of abuse, once their review was hidden or is gone, or nobody has reported it again for as long. */
export const reportsRetention: RetentionRule = {
  kind: 'reviews.reports',
  ...COMPLAINTS,
  removes: { ko: '리뷰 신고를 삭제합니다.', en: 'Reports of reviews are deleted.' },
  keeps: {
    ko: '리뷰, 최근에 다시 신고된 리뷰의 신고',
    en: 'Reviews, and reports of those reported again since',
  },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`r.review_id || ' ' || r.reporter_id`,
      at: sql`r.reported_at`,
      from: sql`reviews.report r`,
      locked: 'r',
      where: sql`not exists (
        select from reviews.report later where later.review_id = r.review_id and later.reported_at >= ${page.before})`,
    }),
  clear: async (tx, ids) => {
    await sql`
      delete from reviews.report using unnest(${ids}::text[]) as due (id)
      where review_id = split_part(due.id, ' ', 1)::uuid and reporter_id = split_part(due.id, ' ', 2)::uuid`.execute(
      tx,
    )
  },
}
