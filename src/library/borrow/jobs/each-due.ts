import { isDatabaseUnavailable } from '../../../platform/database/database.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'

const FIRST = '00000000-0000-0000-0000-000000000000'
const PAGE = 200

/**
 * Does something to each due row, each in a transaction of its own: a row that fails is logged and met again by the next
 * run, and the others go on. Rows another process has in hand are its own. Whatever came due while nothing ran is due
 * still, so a run after a stop catches up.
 * @returns how many were done
 * @throws when the database is away: no row would go better than the one before, and each would wait for it and be logged
 */
export async function eachDue({
  page,
  work,
  log,
  what,
}: {
  /** Ids of due rows after this one, in their order. */
  page(after: string, limit: number): Promise<readonly string[]>
  /** False when it is not due any more, or in other hands. */
  work(id: string): Promise<boolean>
  log: Logger
  what: string
}): Promise<number> {
  let done = 0
  let after = FIRST
  for (;;) {
    const ids = await page(after, PAGE)
    for (const id of ids) {
      try {
        if (await work(id)) done += 1
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error
        log.error({ err: error, id }, `${what} failed, the others go on`)
      }
    }
    const last = ids.at(-1)
    if (last === undefined) return done
    after = last
  }
}
