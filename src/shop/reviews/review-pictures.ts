import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { Pictures } from '../pictures/index.ts'
import { editReview } from './change-review.ts'
import { type Changed, MOST_PICTURES, type Written } from './review.ts'
import { findReview } from './review-store.ts'
import { type ReviewDeps, type WriteReview, writeReview } from './write-review.ts'

type TakeRefusal = Refused<'review_pictures_full'> | RefusedBy<Pictures['takeIn']>

/**
 * Writes a review with the files that came with it. Who may not write it has none of them worked on; what is wrong with
 * one keeps all from being written. Refusals: those of `writeReview` and `takeIn`, review_pictures_full.
 */
export async function writeWithPictures(
  deps: ReviewDeps,
  { files, ...wish }: Omit<WriteReview, 'pictures'> & { files: readonly Buffer[] },
): Promise<Awaited<ReturnType<typeof writeReview>> | TakeRefusal> {
  if (files.length > 0) {
    const line = await deps.orders.boughtLine(deps.db, wish.asked)
    if (line?.customerId !== wish.authorId) return refused('not_found')
    if (!line.paid) return refused('review_not_bought')
  }
  const taken = await takeInAll(deps, files, wish.authorId)
  return taken.kind === 'refused' ? taken : writeReview(deps, { ...wish, pictures: taken.ids })
}

/**
 * Changes a review, takes pictures from it and adds the files that came with the change, all or nothing. Refusals: those
 * of `editReview` and `takeIn`.
 */
export async function editWithPictures(
  deps: ReviewDeps,
  actor: Actor,
  {
    id,
    files,
    removed = [],
    ...written
  }: Partial<Written> & { id: string; files: readonly Buffer[]; removed?: readonly string[] },
): Promise<Changed | RefusedBy<typeof editReview> | TakeRefusal> {
  if (files.length > 0) {
    const review = await findReview(deps.db, id)
    if (review?.authorId !== actor.userId || review.deletedAt !== null) return refused('not_found')
    const kept = review.pictures.filter((picture) => !removed.includes(picture)).length
    if (kept + files.length > MOST_PICTURES) return refused('review_pictures_full')
  }
  const taken = await takeInAll(deps, files, actor.userId)
  if (taken.kind === 'refused') return taken
  return editReview(deps, actor, { id, ...written, pictures: { added: taken.ids, removed } })
}

async function takeInAll(
  { pictures }: Pick<ReviewDeps, 'pictures'>,
  files: readonly Buffer[],
  authorId: string,
): Promise<{ kind: 'taken'; ids: string[] } | TakeRefusal> {
  if (files.length > MOST_PICTURES) return refused('review_pictures_full')
  const ids = new Set<string>()
  for (const file of files) {
    const taken = await pictures.takeIn(file, authorId)
    if (taken.kind === 'refused') return taken
    ids.add(taken.picture.id)
  }
  return { kind: 'taken', ids: [...ids] }
}
