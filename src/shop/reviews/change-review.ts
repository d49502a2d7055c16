import { type AuditNote, writeAudit } from '../../platform/audit/audit.ts'
import { type Tx, transact } from '../../platform/database/database.ts'
import { type Actor, owned } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import {
  type Changed,
  checkWritten,
  editText,
  markDeleted,
  markHidden,
  markShown,
  type Review,
  type Written,
  withPictures,
} from './review.ts'
import { lockReview, publishChange, saveReview } from './review-store.ts'
import type { ReviewDeps } from './write-review.ts'

export type ChangeDeps = Pick<ReviewDeps, 'db' | 'clock' | 'pictures'>
type KeepRefusal = 'pictures_busy'

/** Which pictures go, and which come as the last ones, by their ids; they were taken in. */
export interface PictureWish {
  added?: readonly string[]
  removed?: readonly string[]
}

/**
 * What was left out stays. Refusals: not_found (not the author's, or deleted), review_hidden, invalid_request,
 * review_pictures_full, pictures_busy.
 */
export function editReview(
  deps: ChangeDeps,
  actor: Actor,
  { id, pictures, ...written }: Partial<Written> & { id: string; pictures?: PictureWish },
): Promise<
  Changed | Refused<'not_found' | 'review_hidden' | 'invalid_request' | 'review_pictures_full' | KeepRefusal>
> {
  return change(deps, id, (review, now) => {
    const mine = owned(actor, review && { review, ownerId: review.authorId })
    if ('kind' in mine) return mine
    const { stars = mine.review.stars, body = mine.review.body } = written
    const checked = checkWritten({ stars, body })
    if (checked.kind === 'refused') return checked
    const edited = editText(mine.review, checked.written, now)
    if (edited.kind === 'refused' || pictures === undefined) return edited
    const shown = withPictures(mine.review, pictures, now)
    if (shown.kind !== 'changed') return shown.kind === 'refused' ? shown : edited
    // One change, however many parts it has.
    return { kind: 'changed', review: { ...shown.review, ...checked.written } }
  })
}

/** Deletes it for everybody; it may be repeated. Refusals: not_found (not the author's). */
export function deleteReview(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Changed | Refused<'not_found' | KeepRefusal>> {
  return change(deps, id, (review, now) => {
    const mine = owned(actor, review && { review, ownerId: review.authorId })
    return 'kind' in mine ? mine : markDeleted(mine.review, now)
  })
}

/**
 * The merchant takes it from the pages, and its pictures from everybody; its author still sees the words, with the
 * reason. Refusals: not_found.
 */
export function hideReview(
  deps: ChangeDeps,
  actor: Actor,
  { id, reason }: { id: string; reason: string },
): Promise<Changed | Refused<'not_found' | KeepRefusal>> {
  const note = { actorId: actor.userId, action: 'review.hidden', reason } as const
  return change(
    deps,
    id,
    (review, at) => (review ? markHidden(review, { at, by: actor.userId, reason }) : refused('not_found')),
    note,
  )
}

/** The merchant shows it again. Refusals: not_found. */
export function showReview(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Changed | Refused<'not_found' | KeepRefusal>> {
  const note = { actorId: actor.userId, action: 'review.shown' } as const
  return change(deps, id, (review) => (review ? markShown(review) : refused('not_found')), note)
}

/**
 * Decides about the locked review, writes what became of it and tells it, in one transaction.
 * @param note of one who works here, for the audit
 */
function change<Code extends string>(
  { db, clock, pictures }: ChangeDeps,
  id: string,
  decide: (review: Review | undefined, now: Temporal.Instant) => Changed | Refused<Code>,
  note?: Pick<AuditNote, 'actorId' | 'action' | 'reason'>,
): Promise<Changed | Refused<Code | KeepRefusal>> {
  return transact<Changed | Refused<Code | KeepRefusal>>(db, async (tx: Tx, rollback) => {
    const review = await lockReview(tx, id)
    const now = clock.now()
    const decision = decide(review, now)
    if (decision.kind !== 'changed' || !review) return decision
    const busy = await keepPictures(tx, pictures, review, decision.review)
    if (busy) return rollback(busy)
    await saveReview(tx, review, decision.review)
    await publishChange(tx, review, decision.review, now)
    const wasHidden = review.hidden !== null
    const isHidden = decision.review.hidden !== null
    if (note && wasHidden !== isHidden)
      await writeAudit(tx, now, { ...note, subject: { type: 'review', id } })
    return decision
  })
}

async function keepPictures(
  tx: Tx,
  pictures: ChangeDeps['pictures'],
  from: Review,
  to: Review,
): Promise<Refused<KeepRefusal> | undefined> {
  const user = { type: 'review', id: from.id } as const
  for (const id of to.pictures.filter((candidate) => !from.pictures.includes(candidate))) {
    const used = await pictures.use(tx, id, user)
    if (used.kind === 'refused') return used
  }
  for (const id of from.pictures.filter((candidate) => !to.pictures.includes(candidate)))
    await pictures.letGo(tx, id, user)
  if ((from.hidden === null) !== (to.hidden === null)) await pictures.show(tx, user, to.hidden === null)
  return undefined
}
