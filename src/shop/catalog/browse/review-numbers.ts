import { reviewChanged } from '../../../contracts/review-events.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import { changeNumbers } from './shelves.ts'

/** Reviews and stars of each item: by what each review counted for before, and counts for now. */
export const reviewNumbers: Subscriber = {
  name: 'catalog.review-numbers',
  handlers: [
    on(reviewChanged, async (tx, { data: { itemId, starsBefore, starsAfter } }) => {
      const reviews = Number(starsAfter !== null) - Number(starsBefore !== null)
      const stars = (starsAfter ?? 0) - (starsBefore ?? 0)
      if (reviews !== 0 || stars !== 0) await changeNumbers(tx, [{ itemId, reviews, stars }])
    }),
  ],
}
