import { randomUUID } from 'node:crypto'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { isPictureId, MOST_BYTES } from '../../../src/shop/pictures/index.ts'
import { MOST_PICTURES } from '../../../src/shop/reviews/index.ts'
import { type Wrong, wrongOf } from '../../ui/field.tsx'
import { dayText } from '../../ui/format.ts'
import { Nothing, Notice, Pager, pictureOf } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import { PictureFields } from '../pictures/picture-fields.tsx'
import { ReviewPictures } from '../shop/reviews.tsx'

const PAGE_SIZE = 10
/** As many as a review has, in letters as browsers count them. */
const LONGEST = 1_000

interface Draft {
  stars: number
  body: string
  wrong?: Wrong
  trouble?: string
}

/** Writing a review of a bought line, and one's own reviews. */
export function ownReviewPages(site: Site): void {
  const { reviews } = site.world
  site.signedIn('GET', '/reviews/new', (visit, actor) =>
    formFor(site, visit, actor, visit.query, { stars: 0, body: '' }),
  )
  // One more than may be, so that it is said here, with everything that was typed.
  const limits = { files: MOST_PICTURES + 1, fileBytes: MOST_BYTES }
  site.withFiles('/reviews/new', limits, async (visit, actor) => {
    const draft = draftIn(visit.form)
    const line = lineIn(visit.form)
    if (line === undefined) return refused('not_found')
    const written = await reviews.pages.write({
      authorId: actor.userId,
      idempotencyKey: keyIn(visit.form),
      asked: { ...line, ...draft },
      files: visit.files,
    })
    if (written.kind === 'answered') return to('/reviews?done=written')
    if (written.code === 'not_found') return written
    return formFor(site, visit, actor, visit.form, { ...draft, ...troubleOf(site, visit, written) }, 422)
  })
  site.signedIn('GET', '/reviews', (visit, actor) => listOf(site, visit, actor, {}))
  site.withFiles('/reviews/:id/edit', limits, async (visit, actor) => {
    const id = idOf(visit.params.id)
    if (id === undefined) return refused('not_found')
    const draft = draftIn(visit.form)
    const changed = await reviews.pages.edit(actor, {
      id,
      stars: draft.stars,
      body: draft.body,
      files: visit.files,
      removed: visit.form.getAll('removed').filter(isPictureId),
    })
    if (changed.kind !== 'refused') return to('/reviews?done=saved')
    if (changed.code === 'not_found') return changed
    return listOf(site, visit, actor, { id, ...draft, ...troubleOf(site, visit, changed) }, 422)
  })
  site.signedIn('POST', '/reviews/:id/remove', async (visit, actor) => {
    const id = idOf(visit.params.id)
    const removed = id === undefined ? refused('not_found') : await reviews.pages.remove(actor, id)
    return removed.kind === 'refused' ? removed : to('/reviews?done=removed')
  })
}

function draftIn(form: URLSearchParams): { stars: number; body: string } {
  return { stars: Number(form.get('stars') ?? 0), body: form.get('body') ?? '' }
}

function lineIn(fields: URLSearchParams): { orderId: string; lineNo: number } | undefined {
  const orderId = idOf(fields.get('order'))
  const lineNo = Number(fields.get('line') ?? 1)
  return orderId !== undefined && Number.isSafeInteger(lineNo) && lineNo >= 1 && lineNo <= 1_000
    ? { orderId, lineNo }
    : undefined
}

function troubleOf(site: Site, visit: Visit, refusal: Refused): Pick<Draft, 'wrong' | 'trouble'> {
  return refusal.code === 'invalid_request'
    ? { wrong: wrongOf(visit, refusal), trouble: visit.words.errors.check }
    : { trouble: site.saying(visit, refusal) }
}

async function formFor(
  { world }: Site,
  visit: Visit,
  actor: Actor,
  fields: URLSearchParams,
  draft: Draft,
  status = 200,
): Promise<PageAnswer | Refused> {
  const asked = lineIn(fields)
  const order = asked ? await world.orders.pages.get(actor, asked.orderId) : refused('not_found')
  if (order.kind === 'refused') return order
  const line = order.lines.find(({ lineNo }) => lineNo === asked?.lineNo)
  if (!line) return refused('not_found')
  const words = visit.words.around.reviews
  return shown({
    title: words.write,
    address: `/reviews/new?order=${order.id}&line=${line.lineNo}`,
    tab: 'my',
    status,
    body: (
      <div className="narrow">
        <h1>{words.write}</h1>
        {draft.trouble && <Notice kind="wrong">{draft.trouble}</Notice>}
        <form
          className="box"
          action={visit.to('/reviews/new')}
          method="post"
          encType="multipart/form-data"
          data-once=""
        >
          <div className="line">
            <img src={pictureOf(line.itemId)} alt="" width="80" height="80" />
            <p className="name">{line.name}</p>
          </div>
          <input type="hidden" name="order" value={order.id} />
          <input type="hidden" name="line" value={line.lineNo} />
          <input type="hidden" name="key" value={randomUUID()} />
          <ReviewFields visit={visit} draft={draft} id="new" />
          <PictureFields visit={visit} id="new" pictures={[]} />
          <button className="button wide-button" type="submit">
            {words.send}
          </button>
        </form>
      </div>
    ),
  })
}

function ReviewFields({ visit, draft, id }: { visit: Visit; draft: Draft; id: string }) {
  const words = visit.words.around.reviews
  const { wrong } = draft
  return (
    <>
      <fieldset className="field">
        <legend>{words.stars}</legend>
        <div className="star-choice">
          {[1, 2, 3, 4, 5].map((stars) => (
            <label key={stars}>
              <input
                type="radio"
                name="stars"
                value={stars}
                defaultChecked={draft.stars === stars}
                required
              />
              <span aria-hidden="true">{'★'.repeat(stars)}</span>
              <span className="unseen">{words.star(stars)}</span>
            </label>
          ))}
        </div>
        {wrong?.stars && <p className="error">{wrong.stars}</p>}
      </fieldset>
      <div className="field">
        <label htmlFor={`body-${id}`}>{words.body}</label>
        <textarea
          id={`body-${id}`}
          name="body"
          rows={5}
          maxLength={LONGEST}
          required
          defaultValue={draft.body}
          aria-invalid={wrong?.body ? true : undefined}
          aria-describedby={wrong?.body ? `body-${id}-error body-${id}-hint` : `body-${id}-hint`}
        />
        <p className="hint" id={`body-${id}-hint`}>
          {words.bodyHint}
        </p>
        {wrong?.body && (
          <p className="error" id={`body-${id}-error`}>
            {wrong.body}
          </p>
        )}
      </div>
    </>
  )
}

async function listOf(
  { world }: Site,
  visit: Visit,
  actor: Actor,
  editing: Partial<Draft> & { id?: string },
  status = 200,
): Promise<PageAnswer> {
  const { words, language } = visit
  const own = words.around.reviews
  const page = pageIn(visit.query, 1_000)
  const { reviews, total } = await world.reviews.pages.own(actor, { page, size: PAGE_SIZE })
  const done = new Map<string | null, string>(Object.entries(own.done)).get(visit.query.get('done'))
  return shown({
    title: own.own,
    tab: 'my',
    status,
    body: (
      <div className="wide">
        <h1>{own.own}</h1>
        {editing.trouble && <Notice kind="wrong">{editing.trouble}</Notice>}
        {done && <Notice kind="done">{done}</Notice>}
        {reviews.length === 0 ? (
          <Nothing
            title={own.none}
            hint={own.noneHint}
            action={
              <a className="button" href={visit.to('/orders')}>
                {words.orders.title}
              </a>
            }
          />
        ) : (
          <ul className="cards">
            {reviews.map((review) => {
              const draft: Draft =
                editing.id === review.id
                  ? { ...review, ...editing }
                  : { stars: review.stars, body: review.body }
              return (
                <li key={review.id} className="box">
                  <div className="line">
                    <img src={pictureOf(review.itemId)} alt="" width="80" height="80" loading="lazy" />
                    <div className="line-text">
                      <p>
                        <span className="review-stars" aria-hidden="true">
                          {'★'.repeat(review.stars)}
                          {'☆'.repeat(5 - review.stars)}
                        </span>
                        <span className="unseen">{words.item.reviewStars(review.stars)}</span>{' '}
                        <span className="quiet">{dayText(review.writtenAt.toString(), language)}</span>
                      </p>
                      <a href={visit.to(`/items/${review.itemId}`)}>{own.toItem}</a>
                    </div>
                  </div>
                  <p className="lines" lang="ko">
                    {review.body}
                  </p>
                  {review.hidden ? null : <ReviewPictures visit={visit} pictures={review.pictures} />}
                  {review.hidden ? (
                    <Notice kind="wait">{own.hidden(review.hidden.reason)}</Notice>
                  ) : (
                    <details className="fold" open={editing.id === review.id}>
                      <summary>{own.edit}</summary>
                      <form
                        action={visit.to(`/reviews/${review.id}/edit`)}
                        method="post"
                        encType="multipart/form-data"
                        data-once=""
                      >
                        <ReviewFields visit={visit} draft={draft} id={review.id} />
                        <PictureFields visit={visit} id={review.id} pictures={review.pictures} />
                        <button className="button" type="submit">
                          {own.save}
                        </button>
                      </form>
                    </details>
                  )}
                  <details className="danger">
                    <summary>{own.remove}</summary>
                    <form action={visit.to(`/reviews/${review.id}/remove`)} method="post" data-once="">
                      <p>{own.removeText}</p>
                      <button className="button red" type="submit">
                        {own.remove}
                      </button>
                    </form>
                  </details>
                </li>
              )
            })}
          </ul>
        )}
        <Pager
          visit={visit}
          page={page}
          pages={Math.ceil(total / PAGE_SIZE)}
          href={(number) => visit.to(`/reviews?page=${number}`)}
        />
      </div>
    ),
  })
}
