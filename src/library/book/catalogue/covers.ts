import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import type { FileStore } from '../../../platform/files/file-store.ts'
import { createLane } from '../../../platform/http/limits/lane.ts'
import { makeFiles } from '../../../platform/pictures/make-files.ts'
import { fileOf, pictureOfFile, SIZES } from '../../../platform/pictures/picture.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { publishTitle } from '../publish.ts'
import { lockTitle, type TitleRow } from '../title-store.ts'
import { type Changed, saveTitle } from './change-book.ts'
import { deleteCover, isShown, markLeaving, noteCover, touchCover } from './cover-store.ts'

interface CoverDeps {
  readonly db: Db
  readonly browsing: Db
  readonly clock: Clock
  readonly files: FileStore
}

/** Of which title, as the editor saw it. */
interface Wanted {
  bookId: string
  version: number
}

type Unchanged = { kind: 'unchanged' }

export interface Covers {
  /**
   * Gives a title a picture of its cover, instead of the one it has.
   * Refusals: those of `makeFiles`, pictures_busy, not_found, book_changed_meanwhile with facts `{ version }`.
   * @param by whose it is, by whom waiting is counted
   */
  give(
    wanted: Wanted & { bytes: Buffer; by: string },
  ): Promise<
    Changed | RefusedBy<typeof makeFiles> | Refused<'not_found' | 'book_changed_meanwhile' | 'pictures_busy'>
  >
  /**
   * Takes its picture from a title, whose cover then is drawn; `unchanged` when it has none.
   * Refusals: not_found, book_changed_meanwhile.
   */
  take(wanted: Wanted): Promise<Changed | Unchanged | Refused<'not_found' | 'book_changed_meanwhile'>>
  /** The bytes of a file by its name, as WebP; undefined when there is none, or no title shows it. */
  read(file: string): Promise<Buffer | undefined>
  /** Removes, at most 100 a round, what no title has shown for a day. @returns how many went */
  removeUnused(signal?: AbortSignal): Promise<number>
}

/** One picture is worked on at a time, so that readers keep a core. */
const LANE = { slots: 1, waiting: 12, perClient: 4, waitMs: 20_000 }
const CHANGED: Changed = { kind: 'changed' }
const UNCHANGED: Unchanged = { kind: 'unchanged' }
const BUSY = refused('pictures_busy', { retryAfterSeconds: 5 })

const UNUSED_FOR = { hours: 24 }
const CUT_OFF_FOR = { hours: 1 }
const MOST_AT_ONCE = 100

/** The name under which a file is kept: the shop may keep the same picture in the same place, and remove it. */
const keptAs = (file: string) => file.replace('-', '-cover-')

/** Pictures of the covers of titles, kept as files as those of items are (ADR 21). */
export function createCovers({ db, browsing, clock, files }: CoverDeps): Covers {
  const enter = createLane(LANE)
  /** In one transaction, with the title locked and as the editor saw it. */
  const change = <R extends { kind: string }>(
    { bookId, version }: Wanted,
    act: (tx: Tx, title: TitleRow, now: Temporal.Instant) => Promise<R>,
  ) =>
    transact<R | Refused<'not_found' | 'book_changed_meanwhile'>>(db, async (tx) => {
      const title = await lockTitle(tx, bookId)
      if (!title) return refused('not_found')
      if (title.version !== version)
        return refused('book_changed_meanwhile', { facts: { version: title.version } })
      return act(tx, title, clock.now())
    })
  const show = async (tx: Tx, title: TitleRow, picture: string | null, now: Temporal.Instant) => {
    if (title.picture !== null) await touchCover(tx, title.picture, now)
    await publishTitle(tx, await saveTitle(tx, title, { picture }, now), 'changed')
    return CHANGED
  }
  return {
    give: async ({ bytes, by, ...wanted }) => {
      const entry = await enter(by)
      if (entry.kind !== 'entered') return BUSY
      try {
        const made = await makeFiles(bytes)
        if (made.kind === 'refused') return made
        const { id } = made.picture
        if (!(await noteCover(db, id, clock.now()))) return BUSY
        for (const { name, bytes: file } of made.files) await files.put(keptAs(name), file)
        return await change<Changed | Refused<'pictures_busy'>>(wanted, async (tx, title, now) =>
          (await touchCover(tx, id, now)) ? show(tx, title, id, now) : BUSY,
        )
      } finally {
        entry.leave()
      }
    },
    take: (wanted) =>
      change<Changed | Unchanged>(wanted, async (tx, title, now) =>
        title.picture === null ? UNCHANGED : show(tx, title, null, now),
      ),
    read: async (file) => {
      const id = pictureOfFile(file)
      return id !== undefined && (await isShown(browsing, id)) ? files.get(keptAs(file)) : undefined
    },
    removeUnused: async (signal) => {
      const now = clock.now()
      let gone = 0
      for (const id of await markLeaving(db, now.subtract(UNUSED_FOR), MOST_AT_ONCE)) {
        if (signal?.aborted) break
        for (const size of SIZES) await files.remove(keptAs(fileOf(id, size)))
        await deleteCover(db, id)
        gone += 1
      }
      await files.tidy(now.subtract(CUT_OFF_FOR))
      return gone
    },
  }
}
