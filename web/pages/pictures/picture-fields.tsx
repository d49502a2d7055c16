import { addressOf } from '../../../src/shop/pictures/index.ts'
import { MOST_PICTURES } from '../../../src/shop/reviews/index.ts'
import type { Visit } from '../frame/visit.ts'

/** Named one by one: of these, telephones turn their own kind of photograph into JPEG by themselves. */
const ACCEPTED = 'image/jpeg,image/png,image/webp,image/avif'

/** Pictures of a review: which of those there are shall go, and which come. */
export function PictureFields({
  visit,
  id,
  pictures,
}: {
  visit: Visit
  id: string
  /** Those it has. */
  pictures: readonly string[]
}) {
  const words = visit.words.around.reviews
  return (
    <fieldset className="field">
      <legend>{words.pictures}</legend>
      {pictures.length > 0 && (
        <ul className="review-pictures">
          {pictures.map((picture, index) => (
            <li key={picture}>
              <label>
                <img src={addressOf(picture, 160)} alt="" width="96" height="96" loading="lazy" />
                <input type="checkbox" name="removed" value={picture} /> {words.pictureRemove(index + 1)}
              </label>
            </li>
          ))}
        </ul>
      )}
      <input
        type="file"
        name="picture"
        accept={ACCEPTED}
        multiple
        aria-label={words.pictures}
        aria-describedby={`pictures-${id}-hint`}
      />
      <p className="hint" id={`pictures-${id}-hint`}>
        {words.picturesHint(MOST_PICTURES)} {words.picturesAgain}
      </p>
    </fieldset>
  )
}
