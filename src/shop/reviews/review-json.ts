import Type, { type Static } from 'typebox'
import { Uuid } from '../../platform/http/app.ts'
import { Instant, orNull } from '../../platform/http/schemas.ts'
import { PictureSchema, pictureJson } from '../pictures/index.ts'
import type { Reported, StarsOfItem } from './queries.ts'
import type { Review } from './review.ts'

const shared = {
  id: Uuid,
  itemId: Uuid,
  stars: Type.Integer({ minimum: 1, maximum: 5 }),
  body: Type.String({ description: 'Plain text with line breaks' }),
  pictures: Type.Array(PictureSchema),
  author: Type.String({ description: 'Covered but for the first character; empty when the author has left' }),
  writtenAt: Instant(),
  editedAt: orNull(Instant(), 'When it was last edited'),
}

/** A review as everybody sees it. */
export const ReviewSchema = Type.Object(shared)

/** A review as its author sees it. */
export const OwnReviewSchema = Type.Object({
  ...shared,
  orderId: Uuid,
  lineNo: Type.Integer({ minimum: 1 }),
  hideReason: orNull(Type.String(), 'Why the merchant has hidden it; null while everybody sees it'),
})
export type OwnReview = Static<typeof OwnReviewSchema>

/** A review as the merchant sees it. */
export const MerchantReviewSchema = Type.Object({
  ...OwnReviewSchema.properties,
  authorId: Uuid,
  hiddenAt: orNull(Instant(), 'When it was hidden'),
  deletedAt: orNull(Instant(), 'When its author deleted it'),
  reports: Type.Record(Type.String(), Type.Integer(), { description: 'People who reported it, by reason' }),
})

export const StarsSchema = Type.Object({
  reviewCount: Type.Integer(),
  starAverage: Type.Number({ description: '1 to 5 with two decimals, 0 without reviews' }),
  byStars: Type.Array(Type.Integer(), { description: 'How many have 1, 2, 3, 4 and 5 stars' }),
})

/** A review as everybody reads it; its author by a covered name. */
export function reviewJson(review: Review): Static<typeof ReviewSchema> {
  const { id, itemId, stars, body, pictures, authorName, writtenAt, editedAt } = review
  return {
    id,
    itemId,
    stars,
    body,
    pictures: pictures.map(pictureJson),
    author: authorName,
    writtenAt: writtenAt.toString(),
    editedAt: editedAt?.toString() ?? null,
  }
}

/** A review as its author reads it, with the purchase it is of and why it is hidden. */
export function ownReviewJson(review: Review): OwnReview {
  const { orderId, lineNo, hidden } = review
  return { ...reviewJson(review), orderId, lineNo, hideReason: hidden?.reason ?? null }
}

/** A review as the merchant reads it, with its author and how often it was reported. */
export function merchantReviewJson({ review, reports }: Reported): Static<typeof MerchantReviewSchema> {
  return {
    ...ownReviewJson(review),
    authorId: review.authorId,
    hiddenAt: review.hidden?.at.toString() ?? null,
    deletedAt: review.deletedAt?.toString() ?? null,
    reports,
  }
}

/** The stars of an item; the average has two decimals. */
export function starsJson({ count, averageHundredths, byStars }: StarsOfItem): Static<typeof StarsSchema> {
  return { reviewCount: count, starAverage: averageHundredths / 100, byStars }
}
