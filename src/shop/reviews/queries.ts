import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'
import type { Review } from './review.ts'
import { type ReviewRow, reviewOf } from './review-store.ts'

export const REVIEW_SORTS = ['newest', 'oldest', 'rating_desc', 'rating_asc'] as const
export type ReviewSort = (typeof REVIEW_SORTS)[number]

export interface Paging {
  /** From 1. */
  page: number
  size: number
}

/** The id breaks ties, so that no page repeats or leaves out a review. */
const ORDER: Readonly<Record<ReviewSort, RawBuilder<unknown>>> = {
  newest: sql`written_at desc, id desc`,
  oldest: sql`written_at, id`,
  rating_desc: sql`stars desc, written_at desc, id desc`,
  rating_asc: sql`stars, written_at, id`,
}

const SHOWN = sql`deleted_at is null and hidden_at is null`

/** What everybody sees of an item's reviews. */
export async function listReviews(
  db: Db,
  { itemId, sort }: { itemId: string; sort: ReviewSort },
  { page, size }: Paging,
): Promise<Review[]> {
  const { rows } = await sql<ReviewRow>`
    select * from reviews.review where item_id = ${itemId} and ${SHOWN}
    order by ${ORDER[sort]} limit ${size} offset ${(page - 1) * size}`.execute(db)
  return rows.map(reviewOf)
}

export interface StarsOfItem {
  count: number
  /** Star average in hundredths, half up; 0 without reviews. The catalogue rounds the same way. */
  averageHundredths: number
  /** How many reviews have 1, 2, 3, 4 and 5 stars. */
  byStars: number[]
}

/** Counted from the reviews themselves, so exact at every moment. */
export async function starsOfItem(db: Db, itemId: string): Promise<StarsOfItem> {
  const { rows } = await sql<{ stars: number; count: number }>`
    select stars, count(*) as count from reviews.review where item_id = ${itemId} and ${SHOWN}
    group by stars`.execute(db)
  const byStars = [1, 2, 3, 4, 5].map((stars) => rows.find((row) => row.stars === stars)?.count ?? 0)
  const count = byStars.reduce((sum, n) => sum + n, 0)
  const sum = byStars.reduce((total, n, index) => total + n * (index + 1), 0)
  return {
    count,
    averageHundredths: count === 0 ? 0 : Math.floor((sum * 200 + count) / (count * 2)),
    byStars,
  }
}

/** An author's own reviews, newest first; hidden ones too. */
export async function reviewsOfAuthor(
  db: Db,
  authorId: string,
  { page, size }: Paging,
): Promise<{ reviews: Review[]; total: number }> {
  const { rows } = await sql<ReviewRow>`
    select * from reviews.review where author_id = ${authorId} and deleted_at is null
    order by written_at desc, id desc limit ${size} offset ${(page - 1) * size}`.execute(db)
  const counted = await sql<{ count: number }>`
    select count(*) as count from reviews.review where author_id = ${authorId} and deleted_at is null`.execute(
    db,
  )
  return { reviews: rows.map(reviewOf), total: counted.rows[0]?.count ?? 0 }
}

/** The lines of an order whose author can write no review, because there is one: shown, or hidden by the merchant. */
export async function reviewedLines(
  db: Db,
  { authorId, orderId }: { authorId: string; orderId: string },
): Promise<number[]> {
  const { rows } = await sql<{ lineNo: number }>`
    select line_no as "lineNo" from reviews.review
    where order_id = ${orderId} and author_id = ${authorId} and (deleted_at is null or hidden_at is not null)
    order by line_no`.execute(db)
  return rows.map(({ lineNo }) => lineNo)
}

export interface Reported {
  review: Review
  /** How many people reported it, by reason. */
  reports: Record<string, number>
}

/** For the merchant: reported ones that still stand there, or hidden ones; most reports first. */
export async function listForMerchant(
  db: Db,
  state: 'reported' | 'hidden',
  { page, size }: Paging,
): Promise<{ reviews: Reported[]; total: number }> {
  const which =
    state === 'hidden'
      ? sql`r.hidden_at is not null`
      : sql`${SHOWN} and exists (select 1 from reviews.report p where p.review_id = r.id)`
  const { rows } = await sql<ReviewRow & { reports: Record<string, number> }>`
    select r.*, coalesce(reported.reasons, '{}') as reports
    from reviews.review r
      left join lateral (
        select json_object_agg(reason, people) as reasons, sum(people) as people from (
          select reason, count(*) as people from reviews.report where review_id = r.id group by reason) as reason
      ) as reported on true
    where ${which}
    order by reported.people desc nulls last, r.written_at desc, r.id desc
    limit ${size} offset ${(page - 1) * size}`.execute(db)
  const counted = await sql<{ count: number }>`
    select count(*) as count from reviews.review r where ${which}`.execute(db)
  return {
    reviews: rows.map((row) => ({ review: reviewOf(row), reports: row.reports })),
    total: counted.rows[0]?.count ?? 0,
  }
}
