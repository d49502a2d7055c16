import { type Db, transact } from '../../../platform/database/database.ts'
import type { Rank } from '../import/import-decision.ts'
import type { RowDoubted, RowRejected } from '../import/import-items.ts'
import { type ImportedField, parseOfficialRow, type ReadItem } from '../import/public-data.ts'
import { decideRows, doubtsAbout, type Offer, storeRows } from '../import/store-rows.ts'
import type { Page } from './read-page.ts'
import type { Position, Walk } from './walk.ts'
import { lockWalk, moveWalk, type PageCounts, readSeen } from './walk-store.ts'

/** An item that a page brings, makes another one, or would if the merchant had not written it. */
export interface ItemChange {
  readonly kind: 'added' | 'changed' | 'kept'
  readonly statementNumber: string
  readonly name: string
  /** Which of its texts and dates change; empty for a new one. */
  readonly fields: readonly ImportedField[]
  /** Which of its texts the register says otherwise now, while the merchant's own words stay. */
  readonly kept: readonly ImportedField[]
}

/** A page whose rows are stored, or would be. */
export interface KeptPage {
  readonly walk: Walk
  readonly rejected: readonly RowRejected[]
  readonly doubted: readonly RowDoubted[]
  /** Only of a dry run. */
  readonly changes: readonly ItemChange[]
}

/** Stores a page; `overtaken` when somebody else has moved the walk meanwhile, and then nothing is stored. */
export type KeepPage = (walk: Walk, page: Page, to: Position) => Promise<KeptPage | 'overtaken'>

interface PlacedItem {
  readonly read: ReadItem
  readonly place: Pick<RowDoubted, 'file' | 'line' | 'row'>
}

/** The rows of a page as items, and those that are none. */
function readRows(
  { source, nextRow }: Walk,
  { rows }: Page,
): { items: PlacedItem[]; rejected: RowRejected[] } {
  const items: PlacedItem[] = []
  const rejected: RowRejected[] = []
  for (const [index, { value, text, line }] of rows.entries()) {
    const place = { file: source, line, row: nextRow + index }
    const read = parseOfficialRow(value)
    if (read.kind === 'item') items.push({ read, place })
    else {
      const { code, statementNumber, message } = read
      rejected.push({ ...place, code, statementNumber, message, text })
    }
  }
  return { items, rejected }
}

const doubtsOf = (items: readonly PlacedItem[], names: Map<string, string>): RowDoubted[] =>
  items.flatMap(({ read, place }) => doubtsAbout(read, names).map((doubt) => ({ ...place, ...doubt })))

/** Stores the rows of a page and moves the walk on, both or neither. */
export function storingPages(
  { db, now, committed }: { db: Db; now(): Temporal.Instant; committed(): Promise<void> },
  offer: Offer,
): KeepPage {
  return async (walk, page, to) => {
    const { items, rejected } = readRows(walk, page)
    const rows = items.map(({ read }) => read.item)
    const kept = await transact<KeptPage | 'overtaken'>(db, async (tx) => {
      const locked = await lockWalk(tx, walk)
      if (locked === undefined) return 'overtaken'
      const seen = await readSeen(
        tx,
        walk.runId,
        rows.map(({ statementNumber }) => statementNumber),
      )
      const stored = await storeRows(tx, rows, seen.ranks, offer, now())
      const doubted = doubtsOf(items, seen.names)
      const counts: PageCounts = {
        ...stored,
        read: page.rows.length,
        rejected: rejected.length,
        doubted: doubted.length,
      }
      return { walk: await moveWalk(tx, locked, { to, counts, seen }, now()), rejected, doubted, changes: [] }
    })
    if (kept !== 'overtaken') await committed()
    return kept
  }
}

/** Only says what storing a page would change. What a number brings a second time in the same run is not looked at. */
export function tryingPages(db: Db): KeepPage {
  const ranks = new Map<string, Rank>()
  const names = new Map<string, string>()
  return async (walk, page, to) => {
    const { items, rejected } = readRows(walk, page)
    const rows = items
      .map(({ read }) => read.item)
      .filter(({ statementNumber }) => !ranks.has(statementNumber))
    const { counts, changes } = await decideRows(db, rows, ranks)
    const doubted = doubtsOf(items, names)
    return {
      walk: {
        ...walk,
        ...to,
        read: walk.read + page.rows.length,
        added: walk.added + counts.added,
        changed: walk.changed + counts.changed,
        unchanged: walk.unchanged + counts.unchanged + items.length - rows.length,
        rejected: walk.rejected + rejected.length,
        doubted: walk.doubted + doubted.length,
      },
      rejected,
      doubted,
      changes: changes.map(({ item, before, fields, kept }) => ({
        kind: before === undefined ? 'added' : fields.length > 0 ? 'changed' : 'kept',
        statementNumber: item.statementNumber,
        name: item.name,
        fields,
        kept,
      })),
    }
  }
}
