import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { type PublishedTerms, type SellingTerms, TERMS_LEAD_SECONDS, versionAt } from './selling-terms.ts'
import { readFirstTerms, readTerms } from './terms-store.ts'

/** The terms of selling as every process knows them. */
export interface TermsBook {
  /**
   * Those that hold at a moment; `version` 0 are the first ones.
   * @param db what to read with when the copy is old: in a transaction its own connection, lest it wait for another one
   */
  at(moment: Temporal.Instant, db?: Db | Tx): Promise<SellingTerms & { version: number }>
  /** Those of now. */
  now(db?: Db | Tx): Promise<SellingTerms & { version: number }>
  /** Those before the first version: the settings, as they were when it was published. */
  first(db?: Db | Tx): Promise<SellingTerms>
  /** Has what was published here read at once. */
  forget(): void
}

/**
 * So old may a copy get. Terms are published {@link TERMS_LEAD_SECONDS} before they hold, so a copy that is younger than that
 * knows all that hold, in every process; the rest is for clocks that differ.
 */
const FRESH_SECONDS = TERMS_LEAD_SECONDS / 6

interface Copy {
  readonly versions: readonly PublishedTerms[]
  readonly first: SellingTerms
  readonly readAt: Temporal.Instant
}

/** Keeps the published versions in memory: prices are asked for with every page, terms change a few times a year. */
export function termsBook(deps: { db: Db; clock: Clock }, settings: SellingTerms): TermsBook {
  let copy: Copy | undefined
  const read = async (db: Db | Tx): Promise<Copy> => {
    const now = deps.clock.now()
    // A clock that is set back makes a copy old, too.
    const age = copy && Math.abs(copy.readAt.until(now).total('seconds'))
    if (copy === undefined || age === undefined || age >= FRESH_SECONDS)
      copy = {
        versions: await readTerms(db),
        first: (await readFirstTerms(db)) ?? settings,
        readAt: now,
      }
    return copy
  }
  const at = async (moment: Temporal.Instant, db: Db | Tx = deps.db) => {
    const { versions, first } = await read(db)
    const found = versionAt(versions, moment)
    return { ...(found?.terms ?? first), version: found?.version ?? 0 }
  }
  return {
    at,
    now: (db) => at(deps.clock.now(), db),
    first: async (db = deps.db) => (await read(db)).first,
    forget: () => {
      copy = undefined
    },
  }
}
