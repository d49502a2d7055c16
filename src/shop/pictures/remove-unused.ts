import { fileOf, SIZES } from '../../platform/pictures/picture.ts'
import { deletePicture, markLeaving } from './picture-store.ts'
import type { PictureDeps } from './take-in.ts'

/** Long enough for a form that was sent with the picture, and for somebody who sends it again. */
const UNUSED_FOR = { hours: 24 }
const CUT_OFF_FOR = { hours: 1 }
const MOST_AT_ONCE = 100

/**
 * Removes pictures that nobody has used for a day, at most 100 a round. First they are marked, then their files go, then
 * they are forgotten: a round that is cut off is ended by the next one. @returns how many went
 */
export async function removeUnused({ db, clock, files }: PictureDeps, signal?: AbortSignal): Promise<number> {
  const now = clock.now()
  const ids = await markLeaving(db, now.subtract(UNUSED_FOR), MOST_AT_ONCE)
  let gone = 0
  for (const id of ids) {
    if (signal?.aborted) break
    for (const size of SIZES) await files.remove(fileOf(id, size))
    await deletePicture(db, id)
    gone += 1
  }
  await files.tidy(now.subtract(CUT_OFF_FOR))
  return gone
}
