import { sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { countedStars } from './review.ts'
import { findReview } from './review-store.ts'

export const REPORT_REASONS = ['spam', 'abuse', 'false_claim', 'personal_data', 'other'] as const
export type ReportReason = (typeof REPORT_REASONS)[number]

/** Tells the merchant that a review should not stand there. Once for each person: repeated, nothing is added. Refusals: not_found, review_own. */
export async function reportReview(
  { db, clock }: { db: Db; clock: Clock },
  report: { id: string; reporterId: string; reason: ReportReason; note: string | null },
): Promise<{ kind: 'reported' } | Refused<'not_found' | 'review_own'>> {
  const review = await findReview(db, report.id)
  if (!review || countedStars(review) === null) return refused('not_found')
  if (review.authorId === report.reporterId) return refused('review_own')
  await sql`
    insert into reviews.report (review_id, reporter_id, reason, note, reported_at)
    values (${review.id}, ${report.reporterId}, ${report.reason}, ${report.note}, ${clock.now()})
    on conflict do nothing`.execute(db)
  return { kind: 'reported' }
}
