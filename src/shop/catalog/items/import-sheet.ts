import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import { fingerprintOf } from '../../../platform/http/idempotency.ts'
import { type FieldError, type ProblemCatalog, type Refused, refused } from '../../../platform/refusal.ts'
import type { CsvRow } from '../../../platform/text/csv.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { readNotices } from '../browse/notice-store.ts'
import { catalogProblems } from '../problems.ts'
import { changedOffer, changedStock, type ItemStatus, type Offer } from '../rules/item-change.ts'
import { changedNotice, type ItemNotice, NO_NOTICE, type NoticeTurn } from '../rules/item-notice.ts'
import { firstItemErrors, type ItemRow, readItemSheet, sheetError } from '../rules/item-sheet.ts'
import { percentOf, priceOf } from '../rules/price.ts'
import { catalog } from '../tables.ts'
import { type ChangeItem, changeWithin } from './change-item.ts'

/** What a row changes of an item. */
export interface SheetChange {
  row: number
  itemId: string
  name: string
  before: ItemFacts
  after: ItemFacts
  /** What becomes another text of its notice. */
  notice: NoticeTurn[]
}

export interface ItemFacts {
  status: ItemStatus
  originPrice: number
  discountPercent: number
  realPrice: number
  taxFree: boolean
  onHand: number
}

export interface SheetImported {
  kind: 'imported'
  /** Whether it was done, or only would be. */
  applied: boolean
  rows: number
  changes: SheetChange[]
  /** Stands for these rows at these versions; with it they are done. */
  token: string
}

export interface ImportSheet {
  table: readonly CsvRow[]
  /** Why, for the history of stock. */
  reason: string
  actorId: string
  /** From the preview; without it nothing is changed. */
  token: string | undefined
}

type Wrong = Refused<'item_rows_wrong' | 'item_table_differs'>

/**
 * Changes what the rows of a table say, all of it or nothing; first only told, and done by the token of what was told.
 * Telling reads once and locks nothing, so that nobody who buys waits for it. The token is of the rows and the versions
 * they are of: what is sold meanwhile changes neither, and the table can still be done. The same table again is
 * refused: its versions are of the past.
 * Refusals: item_rows_wrong (what is wrong by row), item_table_differs (the token is of another table or reason).
 * @param deps.committed called after the commit, to forget cached lists
 */
export async function importSheet(
  deps: { db: Db; clock: Clock; committed(): Promise<void> },
  { table, reason, actorId, token }: ImportSheet,
): Promise<SheetImported | Wrong> {
  const sheet = readItemSheet(table)
  if (sheet.errors.length > 0) return wrongRows(sheet.errors)
  // In one order everywhere, that of orders too: whoever waits for a row waits for nobody in a circle.
  const rows = sheet.rows.toSorted((a, b) => (a.itemId < b.itemId ? -1 : 1))
  const told = await wouldChange(deps.db, rows, reason)
  if (told.errors.length > 0) return wrongRows(told.errors)
  const { changes } = told
  const expected = fingerprintOf({ reason, rows })
  const answer = { kind: 'imported', rows: rows.length, token: expected } as const
  if (token === undefined) return { ...answer, applied: false, changes: changes.map(({ change }) => change) }
  if (token !== expected) return refused('item_table_differs')
  const done = await transact<SheetChange[] | Wrong>(deps.db, async (tx, rollback) => {
    const made: SheetChange[] = []
    const errors: FieldError[] = []
    for (const { row, change } of changes) {
      const changed = await changeWithin(tx, deps.clock.now(), { ...wishOf(row, reason), actorId })
      if (changed.kind === 'refused') errors.push(errorOf(row.row, changed.code))
      else made.push({ ...change, after: factsOf(changed.item) })
      // What a refused row has written goes with all the rest.
    }
    return errors.length > 0 ? rollback(wrongRows(errors)) : made
  })
  if (!Array.isArray(done)) return done
  await deps.committed()
  return { ...answer, applied: true, changes: done }
}

const rowOf = ({ field }: FieldError) => Number(field.split('.')[1])
const byRow = (a: FieldError, b: FieldError) => rowOf(a) - rowOf(b)

function wrongRows(errors: readonly FieldError[]): Refused<'item_rows_wrong'> {
  return refused('item_rows_wrong', {
    errors: firstItemErrors(errors.toSorted(byRow)),
    facts: { wrongRows: errors.length },
  })
}

/** What a row asks for. */
function wishOf({ row: _row, stockDelta, ...wish }: ItemRow, reason: string): Omit<ChangeItem, 'actorId'> {
  return stockDelta ? { ...wish, stock: { delta: stockDelta, reason } } : wish
}

/** What the rows would change of the items as they are, and which of them are refused. */
async function wouldChange(db: Db, rows: readonly ItemRow[], reason: string) {
  const items = await readItems(
    db,
    rows.map(({ itemId }) => itemId),
  )
  const errors: FieldError[] = []
  const changes: { row: ItemRow; change: SheetChange }[] = []
  for (const row of rows) {
    const item = items.get(row.itemId)
    const told = item ? factsAfter(item, wishOf(row, reason)) : refused('not_found')
    if (told === 'unchanged') continue
    if ('kind' in told) errors.push(errorOf(row.row, told.code))
    else if (item) {
      const { itemId, name, facts: before } = item
      changes.push({ row, change: { row: row.row, itemId, name, before, ...told } })
    }
  }
  return { changes, errors }
}

/** By the rules that {@link changeWithin} goes by. */
function factsAfter(item: ItemNow, wish: Omit<ChangeItem, 'actorId'>) {
  if (item.version !== wish.version) return refused('item_changed_meanwhile')
  const decided = changedOffer(item.offer, wish)
  if (decided.kind === 'refused') return decided
  const stock = wish.stock ? changedStock(item.stock, wish.stock) : item.stock
  if ('code' in stock) return stock
  const noticed = changedNotice(item.notice, wish.notice ?? {})
  if (noticed.kind === 'refused') return noticed
  if (decided.changed.length === 0 && !wish.stock && noticed.turns.length === 0) return 'unchanged'
  const { originPrice, discountRate, taxFree, status } = decided.offer
  const { realPrice } = priceOf(originPrice, discountRate)
  const discountPercent = percentOf(discountRate)
  const after = { status, originPrice, discountPercent, realPrice, taxFree, onHand: stock.onHand }
  return { after, notice: noticed.turns }
}

interface ItemNow {
  itemId: string
  name: string
  version: number
  offer: Offer
  stock: { onHand: number; held: number }
  facts: ItemFacts
  notice: ItemNotice
}

async function readItems(db: Db, itemIds: readonly string[]): Promise<ReadonlyMap<string, ItemNow>> {
  const rows = await catalog(db)
    .selectFrom('catalog.item')
    .innerJoin('catalog.stock', 'item_id', 'id')
    .select([
      'id',
      'name',
      'version',
      'status',
      'origin_price',
      'discount_permille',
      'real_price',
      'tax_free',
    ])
    .select(['thumbnail', 'description_image', 'on_hand', 'held'])
    .where('id', '=', sql<string>`any(${itemIds}::uuid[])`)
    .execute()
  const notices = await readNotices(db, itemIds)
  return new Map(
    rows.map((row) => {
      const { id: itemId, name, version, status, thumbnail, on_hand: onHand, held } = row
      const { origin_price: originPrice, discount_permille: discountRate, real_price: realPrice } = row
      const { description_image: descriptionImage, tax_free: taxFree } = row
      const offer = { originPrice, discountRate, taxFree, status, thumbnail, descriptionImage }
      const discountPercent = percentOf(discountRate)
      const facts = { status, originPrice, discountPercent, realPrice, taxFree, onHand }
      const notice = notices.get(itemId) ?? NO_NOTICE
      return [itemId, { itemId, name, version, offer, stock: { onHand, held }, facts, notice }]
    }),
  )
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
  taxFree: boolean
  stock: { onHand: number }
}): ItemFacts {
  const { status, originPrice, discountPercent, realPrice, taxFree, stock } = item
  return { status, originPrice, discountPercent, realPrice, taxFree, onHand: stock.onHand }
}
