import type { Db } from '../../platform/database/database.ts'
import type { FileStore } from '../../platform/files/file-store.ts'
import { createLane } from '../../platform/http/limits/lane.ts'
import { makeFiles } from '../../platform/pictures/make-files.ts'
import type { Picture } from '../../platform/pictures/picture.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { notePicture } from './picture-store.ts'

export interface PictureDeps {
  readonly db: Db
  readonly clock: Clock
  readonly files: FileStore
}

/** One picture is worked on at a time, so that pages keep a core; of one person only so many wait. */
const LANE = { slots: 1, waiting: 12, perClient: 4, waitMs: 20_000 }
const BUSY = refused('pictures_busy', { retryAfterSeconds: 5 })

/** @param by whose it is, by whom waiting is counted */
export type TakeIn = (
  bytes: Buffer,
  by: string,
) => Promise<{ kind: 'taken'; picture: Picture } | RefusedBy<typeof makeFiles> | Refused<'pictures_busy'>>

/**
 * Makes the function that takes a picture in: it is noted, then its files are written, and then somebody may use it.
 * What is cut off in between is used by nobody, and goes with the next round of `removeUnused`. Refusals: those of
 * `makeFiles`; pictures_busy.
 */
export function createTakeIn({ db, clock, files }: PictureDeps): TakeIn {
  const enter = createLane(LANE)
  return async (bytes, by) => {
    const entry = await enter(by)
    if (entry.kind !== 'entered') return BUSY
    try {
      const made = await makeFiles(bytes)
      if (made.kind === 'refused') return made
      if (!(await notePicture(db, made.picture, clock.now()))) return BUSY
      for (const file of made.files) await files.put(file.name, file.bytes)
      return { kind: 'taken', picture: made.picture }
    } finally {
      entry.leave()
    }
  }
}
