import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Id, orNull } from './values.ts'

/** What reviews tell the rest of the shop. Subject = review id, subject version = the review row's `version`. */

const Stars = orNull(Type.Integer({ minimum: 1, maximum: 5 }))

export const reviewChanged = defineEvent(
  'shop.review.changed',
  1,
  Type.Object(
    { reviewId: Id, itemId: Id, authorId: Id, starsBefore: Stars, starsAfter: Stars },
    {
      description:
        'A review was written, edited, deleted, hidden or shown again. `starsBefore` and `starsAfter` are the stars that count for the item; null: none, because there is no review or nobody sees it.',
    },
  ),
)
