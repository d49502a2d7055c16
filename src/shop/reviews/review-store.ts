import { sql } from 'kysely'
import { reviewChanged } from '../../contracts/review-events.ts'
import type { Db, Tx } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import { countedStars, type Review } from './review.ts'

/** A row as it is read. */
export interface ReviewRow {
  id: string
  order_id: string
  line_no: number
  item_id: string
  author_id: string
  author_name: string
  version: number
  stars: number
  body: string
  pictures: string[]
  written_at: Temporal.Instant
  edited_at: Temporal.Instant | null
  deleted_at: Temporal.Instant | null
  hidden_at: Temporal.Instant | null
  hidden_by: string | null
  hide_reason: string | null
}

/** The review of a row. */
export function reviewOf(row: ReviewRow): Review {
  const { hidden_at: at, hidden_by: by, hide_reason: reason } = row
  return {
    id: row.id,
    orderId: row.order_id,
    lineNo: row.line_no,
    itemId: row.item_id,
    authorId: row.author_id,
    authorName: row.author_name,
    version: row.version,
    stars: row.stars,
    body: row.body,
    pictures: row.pictures,
    writtenAt: row.written_at,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
    hidden: at === null || by === null || reason === null ? null : { at, by, reason },
  }
}

/** The review, not locked; also a deleted or a hidden one. */
export async function findReview(db: Db | Tx, id: string): Promise<Review | undefined> {
  const { rows } = await sql<ReviewRow>`select * from reviews.review where id = ${id}`.execute(db)
  return rows[0] && reviewOf(rows[0])
}

/** The review, locked until the end of the transaction. */
export async function lockReview(tx: Tx, id: string): Promise<Review | undefined> {
  const { rows } = await sql<ReviewRow>`select * from reviews.review where id = ${id} for update`.execute(tx)
  return rows[0] && reviewOf(rows[0])
}

/** Writes a new review. @returns false when there is one of this line, and nothing was written */
export async function insertReview(tx: Tx, review: Review): Promise<boolean> {
  const { rows } = await sql`
    insert into reviews.review
      (id, order_id, line_no, item_id, author_id, author_name, version, stars, body, pictures, written_at)
    values (${review.id}, ${review.orderId}, ${review.lineNo}, ${review.itemId}, ${review.authorId},
      ${review.authorName}, ${review.version}, ${review.stars}, ${review.body},
      ${[...review.pictures]}::text[], ${review.writtenAt})
    on conflict (order_id, line_no) where deleted_at is null or hidden_at is not null do nothing
    returning id`.execute(tx)
  return rows.length > 0
}

/** Writes a transition of a locked review: compare-and-set on the version. A miss is a bug and throws. */
export async function saveReview(tx: Tx, from: Review, to: Review): Promise<void> {
  const { rows } = await sql`
    update reviews.review set version = ${to.version}, stars = ${to.stars}, body = ${to.body}, pictures = ${[...to.pictures]}::text[],
      edited_at = ${to.editedAt}, deleted_at = ${to.deletedAt}, hidden_at = ${to.hidden?.at ?? null},
      hidden_by = ${to.hidden?.by ?? null}, hide_reason = ${to.hidden?.reason ?? null}
    where id = ${from.id} and version = ${from.version}
    returning id`.execute(tx)
  if (rows.length === 0) throw new Error(`review ${from.id} is not as it was locked`)
}

/** Tells what a change means for the stars of the item. */
export async function publishChange(
  tx: Tx,
  from: Review | undefined,
  to: Review,
  at: Temporal.Instant,
): Promise<void> {
  const event = reviewChanged.of(to.id, to.version, {
    reviewId: to.id,
    itemId: to.itemId,
    authorId: to.authorId,
    starsBefore: from ? countedStars(from) : null,
    starsAfter: countedStars(to),
  })
  await appendEvents(tx, 'shop/reviews', at, [event])
}

/**
 * An author has left: the name goes and so do the pictures, which may show people and homes; the words stay for those
 * who read them. @returns the reviews that had pictures, with what they had
 */
export async function forgetAuthor(
  tx: Tx,
  authorId: string,
): Promise<{ id: string; pictures: readonly string[] }[]> {
  const { rows } = await sql<{ id: string; pictures: string[] }>`
    select id, pictures from reviews.review where author_id = ${authorId} order by id for update`.execute(tx)
  await sql`
    update reviews.review set author_name = '', pictures = '{}' where author_id = ${authorId}`.execute(tx)
  return rows.filter(({ pictures }) => pictures.length > 0)
}
