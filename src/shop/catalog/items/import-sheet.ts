import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { fingerprintOf } from '../../../platform/http/idempotency.ts'
import { type FieldError, type ProblemCatalog, type Refused, refused } from '../../../platform/refusal.ts'
import { readCsv } from '../../../platform/text/csv.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { adminItem } from '../browse/item-detail.ts'
import { catalogProblems } from '../problems.ts'
import type { ItemStatus } from '../rules/item-change.ts'
import { firstItemErrors, type ItemRow, readItemSheet, sheetError } from '../rules/item-sheet.ts'
import { changeWithin } from './change-item.ts'

/** What a row changes of an item. */
export interface SheetChange {
  row: number
  itemId: string
  name: string
  before: ItemFacts
  after: ItemFacts
}

export interface ItemFacts {
  status: ItemStatus
  originPrice: number
  discountPercent: number
  realPrice: number
  onHand: number
}

export interface SheetImported {
  kind: 'imported'
  /** Whether it was done, or only would be. */
  applied: boolean
  rows: number
  changes: SheetChange[]
  /** Stands for exactly these changes; with it they are made. */
  token: string
}

export interface ImportSheet {
  csv: string
  /** Why, for the history of stock. */
  reason: string
  actorId: string
  /** From the preview; without it nothing is changed. */
  token: string | undefined
}

/**
 * Changes what the rows of a table say, all of it or nothing; first only told, and done by the token of what was told. The
 * same table again is refused: its versions are of the past.
 * Refusals: item_rows_wrong (what is wrong by row), item_table_differs (the token is of another preview: what would
 * change now is not what was shown).
 * @param deps.committed called after the commit, to forget cached lists
 */
export async function importSheet(
  deps: { db: Db; clock: Clock; committed(): void },
  { csv, reason, actorId, token }: ImportSheet,
): Promise<SheetImported | Refused<'item_rows_wrong' | 'item_table_differs'>> {
  const sheet = readItemSheet(readCsv(csv))
  if (sheet.errors.length > 0) return wrongRows(sheet.errors)
  // In one order everywhere: two tables at once wait for each other, and not in a circle.
  const rows = sheet.rows.toSorted((a, b) => (a.itemId < b.itemId ? -1 : 1))
  const result = await transact<SheetImported | Refused<'item_rows_wrong' | 'item_table_differs'>>(
    deps.db,
    async (tx, rollback) => {
      const changes: SheetChange[] = []
      const errors: FieldError[] = []
      for (const row of rows) {
        const change = await changeRow(tx, deps.clock.now(), row, { reason, actorId })
        if (change === 'unchanged') continue
        if ('message' in change) errors.push(change)
        else changes.push(change)
        // What a refused row has written goes with all the rest.
      }
      if (errors.length > 0) return rollback(wrongRows(errors.toSorted(byRow)))
      const would = fingerprintOf({ reason, changes })
      const told = { kind: 'imported', rows: rows.length, changes, token: would } as const
      if (token === undefined) return rollback({ ...told, applied: false })
      if (token !== would) return rollback(refused('item_table_differs'))
      return { ...told, applied: true }
    },
  )
  if (result.kind === 'imported' && result.applied) deps.committed()
  return result
}

const rowOf = ({ field }: FieldError) => Number(field.split('.')[1])
const byRow = (a: FieldError, b: FieldError) => rowOf(a) - rowOf(b)

function wrongRows(errors: readonly FieldError[]): Refused<'item_rows_wrong'> {
  return refused('item_rows_wrong', {
    errors: firstItemErrors(errors),
    facts: { wrongRows: errors.length },
  })
}

async function changeRow(
  tx: Tx,
  now: Temporal.Instant,
  { row, itemId, version, stockDelta, ...offer }: ItemRow,
  { reason, actorId }: { reason: string; actorId: string },
): Promise<SheetChange | FieldError | 'unchanged'> {
  const before = await adminItem(tx, itemId)
  const stock = stockDelta ? { stock: { delta: stockDelta, reason } } : {}
  const changed = await changeWithin(tx, now, { ...offer, ...stock, itemId, version, actorId })
  if (changed.kind === 'refused') return errorOf(row, changed.code)
  if (!before || changed.item.version === version) return 'unchanged'
  return { row, itemId, name: changed.item.name, before: factsOf(before), after: factsOf(changed.item) }
}

function errorOf(row: number, code: string): FieldError {
  const known: ProblemCatalog = catalogProblems
  const title = known[code]?.title ?? NO_SUCH_ITEM
  return sheetError(row, 'row', code, title)
}

const NO_SUCH_ITEM = { ko: '없는 상품입니다.', en: 'There is no such item.' }

function factsOf(item: {
  status: ItemStatus
  originPrice: number
  discountPercent: number
  realPrice: number
  stock: { onHand: number }
}): ItemFacts {
  const { status, originPrice, discountPercent, realPrice, stock } = item
  return { status, originPrice, discountPercent, realPrice, onHand: stock.onHand }
}
