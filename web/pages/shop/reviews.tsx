import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { addressOf } from '../../../src/shop/pictures/index.ts'
import type { Reviews } from '../../../src/shop/reviews/index.ts'
import { dayText } from '../../ui/format.ts'
import { Stars } from '../../ui/parts.tsx'
import type { Visit } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'

type Shown = Awaited<ReturnType<Reviews['list']>>

/** The latest are shown on the item's page. */
const LATEST = 5

/**
 * The latest reviews of an item, read anew for every visit: what the merchant hides is gone at once, though the
 * catalogue's count follows a moment later.
 */
export async function latestReviews({ reviews }: World, { id, reviewCount }: ItemDetail): Promise<Shown> {
  return reviewCount === 0 ? [] : reviews.list({ itemId: id, sort: 'newest' }, { page: 1, size: LATEST })
}

/** Tells whether two lists of reviews look the same. */
export function reviewsTag(reviews: Shown): string {
  // Pictures go with an author who leaves, without another version.
  return reviews
    .map(({ id, version, authorName, pictures }) => `${id}.${version}.${authorName}.${pictures.length}`)
    .join()
}

/** The latest reviews of an item, on its page. */
export function ReviewsOfItem({ visit, item, reviews }: { visit: Visit; item: ItemDetail; reviews: Shown }) {
  const { words } = visit
  const { reviewsTitle, noReviews, latest } = words.item
  return (
    <section id="reviews">
      <h2>{reviewsTitle}</h2>
      {reviews.length === 0 ? (
        <p className="quiet">{noReviews}</p>
      ) : (
        <>
          <Stars item={item} visit={visit} />
          {item.reviewCount > reviews.length && <p className="quiet">{latest(reviews.length)}</p>}
          <ReviewLines visit={visit} reviews={reviews} />
          <p>
            <a href={visit.to(`/items/${item.id}/reviews`)}>{words.around.reviews.all(item.reviewCount)}</a>
          </p>
        </>
      )}
    </section>
  )
}

/** Reviews as everybody sees them. */
export function ReviewLines({ visit, reviews }: { visit: Visit; reviews: Shown }) {
  const { words, language } = visit
  const { reviewStars, writer } = words.item
  return (
    <ul className="lines-list">
      {reviews.map(({ id, stars, body, pictures, authorName, writtenAt }) => (
        <li key={id} className="review">
          <p>
            <span className="review-stars" aria-hidden="true">
              {'★'.repeat(stars)}
              {'☆'.repeat(5 - stars)}
            </span>
            <span className="unseen">{reviewStars(stars)}</span>{' '}
            <span className="quiet">
              {authorName || writer} · {dayText(writtenAt.toString(), language)}
            </span>
          </p>
          {/* Customers write in their own language. */}
          <p className="lines" lang="ko">
            {body}
          </p>
          <ReviewPictures visit={visit} pictures={pictures} />
        </li>
      ))}
    </ul>
  )
}

/** What a buyer shows of an item; each opens in full size. */
export function ReviewPictures({ visit, pictures }: { visit: Visit; pictures: readonly string[] }) {
  if (pictures.length === 0) return null
  return (
    <ul className="review-pictures">
      {pictures.map((id, index) => (
        <li key={id}>
          <a href={addressOf(id, 'full')}>
            <img
              src={addressOf(id, 320)}
              alt={visit.words.around.reviews.picture(index + 1)}
              width="96"
              height="96"
              loading="lazy"
            />
          </a>
        </li>
      ))}
    </ul>
  )
}
