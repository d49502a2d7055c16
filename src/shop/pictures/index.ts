/** The face of pictures: what items and reviews show, kept as files in several sizes. */
import type { Db, Tx } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { FileStore } from '../../platform/files/file-store.ts'
import type { Module } from '../../platform/module.ts'
import { pictureOfFile } from '../../platform/pictures/picture.ts'
import { pictureProblems } from '../../platform/pictures/problems.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { deleteUse, insertUse, type PictureUser, shownBy, updateShown } from './picture-store.ts'
import { removeUnused } from './remove-unused.ts'
import { createTakeIn, type TakeIn } from './take-in.ts'

export {
  addressOf,
  isPictureId,
  MOST_BYTES,
  type Picture,
  pictureIn,
  sourcesOf,
} from '../../platform/pictures/picture.ts'
export { PICTURE_BODY, readPictures } from '../../platform/pictures/picture-body.ts'
export { pictureProblems } from '../../platform/pictures/problems.ts'
export {
  PictureId,
  type PictureJson,
  PictureSchema,
  pictureJson,
} from './picture-json.ts'

export const picturesSchema: SchemaMigrations = {
  schema: 'pictures',
  folder: new URL('./migrations/', import.meta.url),
}

/** A file that anybody may see. */
export interface ShownFile {
  readonly bytes: Buffer
  /** What shows it. What is of a review may be hidden at any time. */
  readonly by: PictureUser['type']
}

export interface Pictures {
  readonly module: Module
  /** Takes a file in; see `createTakeIn`. Who wanted it then says what for, by `use`. */
  readonly takeIn: TakeIn
  /** In the transaction of what shows the picture. Refusal: pictures_busy, when it is just being removed. */
  use(tx: Tx, id: string, user: PictureUser): Promise<{ kind: 'used' } | Refused<'pictures_busy'>>
  /** In the transaction of what shows it no longer. Its files go a day after its last use has ended. */
  letGo(tx: Tx, id: string, user: PictureUser): Promise<void>
  /** In the transaction that hides from everybody what shows pictures, or shows it again. */
  show(tx: Tx, user: PictureUser, isShown: boolean): Promise<void>
  /** The bytes of a file by its name, as WebP; undefined when there is none, and when nothing shows it to everybody. */
  read(file: string): Promise<ShownFile | undefined>
}

const REMOVE_EVERY_MS = 10 * 60_000

/** Pictures of one process. */
export function createPictures(deps: { db: Db; clock: Clock; log: Logger; files: FileStore }): Pictures {
  const { db, clock, log, files } = deps
  return {
    takeIn: createTakeIn(deps),
    use: async (tx, id, user) =>
      (await insertUse(tx, id, user, clock.now()))
        ? { kind: 'used' }
        : refused('pictures_busy', { retryAfterSeconds: 5 }),
    letGo: (tx, id, user) => deleteUse(tx, id, user, clock.now()),
    show: updateShown,
    read: async (file) => {
      const id = pictureOfFile(file)
      const by = id === undefined ? undefined : await shownBy(db, id)
      const bytes = by && (await files.get(file))
      return by && bytes && { bytes, by }
    },
    module: {
      name: 'pictures',
      schema: picturesSchema,
      problems: pictureProblems,
      sweeps: [
        {
          name: 'pictures.unused',
          everyMs: REMOVE_EVERY_MS,
          run: async (signal) => {
            const gone = await removeUnused(deps, signal)
            if (gone > 0) log.info({ gone }, 'unused pictures removed')
          },
        },
      ],
    },
  }
}
