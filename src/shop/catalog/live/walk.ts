/** How a register is walked through page by page, as pure rules over what it says and what was read so far. */
import type { OfficialSource } from '../import/public-envelope.ts'
import type { Page, Trouble } from './read-page.ts'

/** How far one register was read within a run. */
export interface Walk {
  readonly runId: string
  readonly source: OfficialSource
  readonly pageSize: number
  /** Where the next page begins, from 1. */
  readonly nextRow: number
  /** Rows the register said it has, with its latest page. */
  readonly announced: number
  /** Of these, rows that pages did not bring. */
  readonly missed: number
  /** How often it went back because the register had become shorter. */
  readonly turns: number
  /** Fingerprint of the latest page. */
  readonly lastPage: string | null
  /** Why an earlier import did not get past this place. */
  readonly stoppedBy: string | null
  readonly read: number
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly rejected: number
  readonly doubted: number
  readonly ended: boolean
}

/** Rows asked for at a time. C003 gives up to 1,000, but is slow with them; 100 are safe at data.go.kr. */
export const PAGE_SIZES: Readonly<Record<OfficialSource, number>> = { c003: 500, htfs: 100 }

/** A register that keeps changing its mind about how many rows it has is not followed for ever. */
export const MOST_TURNS = 3
/** Pages it goes back at most. */
const FARTHEST_BACK = 10

/** What the walk is after a page, as far as it does not depend on the rows. */
export type Position = Pick<Walk, 'nextRow' | 'announced' | 'missed' | 'turns' | 'lastPage' | 'ended'>

export type Step =
  /** The rows are stored, and the walk goes on from there, or ends. */
  | { readonly kind: 'take'; readonly to: Position }
  /** Nothing is stored: rows have moved up past the place where the walk is. */
  | { readonly kind: 'back'; readonly to: Position }
  /** The page is not believed: it is asked for again. */
  | { readonly kind: 'doubted'; readonly code: 'short_page' | 'more_rows' | 'same_page' | 'damaged_page' }

/**
 * What follows from a page.
 * - Announced rows that are not in it, and a page that is mostly damaged, are asked for again; the last time they are
 *   taken as they are, and what is missing is counted.
 * - When a register has become shorter, rows behind the taken-away ones have moved up, some of them past the walk: it
 *   goes back as far. Rows that are read twice change nothing.
 * - The end is a page that is not full. A full one that reaches the announced end is no proof: announcements err.
 * @param print fingerprint of the page's rows
 * @param last no further try follows
 */
export function stepAfter(walk: Walk, page: Page, print: string, last: boolean): Step {
  const { nextRow, pageSize, turns } = walk
  const rows = page.rows.length
  if (rows > pageSize) return { kind: 'doubted', code: 'more_rows' }
  if (rows > 0 && print === walk.lastPage) return { kind: 'doubted', code: 'same_page' }
  const damaged = page.rows.filter(({ value }) => value === undefined).length
  if (damaged > Math.max(1, rows / 2) && !last) return { kind: 'doubted', code: 'damaged_page' }
  // What says less than is at hand is not believed.
  const total = Math.max(page.total, nextRow - 1 + rows)
  const lost = walk.announced - total
  if (rows > 0 && lost > 0 && nextRow > 1 && turns < MOST_TURNS) {
    const pages = Math.min(Math.ceil(lost / pageSize), FARTHEST_BACK)
    const to = Math.max(1, nextRow - pages * pageSize)
    return {
      kind: 'back',
      to: { ...walk, nextRow: to, announced: total, turns: turns + 1, lastPage: null },
    }
  }
  const announced = rows === 0 ? walk.announced : total
  const left = Math.max(0, announced - nextRow + 1)
  const lacking = rows === 0 ? left : Math.max(0, Math.min(pageSize, left) - rows)
  const isEnd = rows > 0 || lacking === 0 || mayEnd(walk)
  if (lacking > 0 && !(last && isEnd)) return { kind: 'doubted', code: 'short_page' }
  const ended = rows === 0 || (rows < pageSize && nextRow - 1 + rows + lacking >= announced)
  const to = {
    nextRow: ended ? nextRow : nextRow + pageSize,
    announced,
    missed: walk.missed + lacking,
    turns,
    lastPage: print,
    ended,
  }
  return { kind: 'take', to }
}

/**
 * Whether no rows may be the end although some are announced: less than a page of them, or there were none for an earlier
 * import either. A register that is out of order for a minute answers the same.
 */
function mayEnd({ nextRow, pageSize, announced, stoppedBy }: Walk): boolean {
  return announced - nextRow + 1 < pageSize || stoppedBy === 'short_page' || stoppedBy === 'rows_missing'
}

/**
 * Behind its last row data.go.kr announces rows and brings none: an end like any other, and within what it announced the
 * end only when it stays so and not much is lacking. Never at the first page: a format that has changed looks the same.
 */
export function asEnd(walk: Walk, answer: Page | Trouble, last: boolean): Page | Trouble {
  if (answer.kind === 'page' || answer.code !== 'rows_missing' || walk.nextRow === 1) return answer
  return walk.nextRow > walk.announced || (last && mayEnd(walk))
    ? { kind: 'page', rows: [], total: walk.announced }
    : answer
}

/** Troubles that say nothing of the page that was asked for: they are everybody's, or the key's. */
const NOT_OF_THE_PAGE: ReadonlySet<string> = new Set([
  'unreachable',
  'certificate',
  'key_refused',
  'quota_exceeded',
  'calls_used_up',
  'too_many_calls',
])

/**
 * Whether a walk that stops here may be held up by this very page. Not at the first one: it would not get on by beginning
 * there. Whether the service gives any page at all is asked apart.
 */
export function isOfThePage({ nextRow }: Pick<Walk, 'nextRow'>, { code }: { code: string }): boolean {
  return nextRow > 1 && !NOT_OF_THE_PAGE.has(code)
}

/** Behind a page that will not come: all of its rows are missing. */
export function pastPage({ nextRow, pageSize, announced, missed, turns }: Walk): Position {
  const next = nextRow + pageSize
  const left = Math.max(0, announced - nextRow + 1)
  return {
    nextRow: next,
    announced,
    missed: missed + Math.min(pageSize, left),
    turns,
    lastPage: null,
    ended: next > announced,
  }
}
