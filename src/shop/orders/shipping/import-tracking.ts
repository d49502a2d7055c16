import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { type FieldError, type Refused, refused } from '../../../platform/refusal.ts'
import type { CsvRow } from '../../../platform/text/csv.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { orderProblems } from '../problems.ts'
import { type Moved, moveLines, travelsIn } from '../rules/delivery.ts'
import type { Order } from '../rules/order.ts'
import { firstErrors, readTrackingSheet, rowError, type TrackingRow } from '../rules/tracking-sheet.ts'
import { type OrderRow, orderOf, SELECT_ORDER, saveLines, saveOrder } from '../store/order-store.ts'
import { publishShipped } from '../store/publish.ts'

export interface ImportTrackingDeps {
  db: Db
  clock: Clock
}

export interface TrackingImported {
  kind: 'imported'
  /** Rows that name a parcel. */
  rows: number
  /** Those that sent something. */
  sent: number
  /** Those that were so already. */
  unchanged: number
  /** Orders that changed. */
  orders: number
}

/**
 * Sends what the rows of a table say, all of it or nothing. The same table again changes nothing, and several may be
 * imported at once: orders are locked in one order, and the second finds what the first has done.
 * @param check only says what would happen
 * Refusals: tracking_rows_wrong, with what is wrong by row.
 */
export async function importTracking(
  deps: ImportTrackingDeps,
  { table, check }: { table: readonly CsvRow[]; check: boolean },
): Promise<TrackingImported | Refused<'tracking_rows_wrong'>> {
  const sheet = readTrackingSheet(table)
  if (sheet.errors.length > 0) return wrongRows(sheet.errors)
  return transact<TrackingImported | Refused<'tracking_rows_wrong'>>(deps.db, async (tx, rollback) => {
    const now = deps.clock.now()
    const locked = await lockByNumber(
      tx,
      sheet.rows.map(({ orderNumber }) => orderNumber),
    )
    const plan = planOf(sheet.rows, locked, now)
    if (plan.errors.length > 0) return wrongRows(plan.errors)
    const imported: TrackingImported = {
      kind: 'imported',
      rows: sheet.rows.length,
      sent: plan.sent,
      unchanged: sheet.rows.length - plan.sent,
      orders: plan.changes.length,
    }
    if (check) return rollback(imported)
    for (const change of plan.changes) await write(tx, change, now)
    return imported
  })
}

function wrongRows(errors: readonly FieldError[]): Refused<'tracking_rows_wrong'> {
  return refused('tracking_rows_wrong', { errors: firstErrors(errors), facts: { wrongRows: errors.length } })
}

/** Locks the orders by id, as everybody does who locks several; then reads them as they are behind the lock. */
async function lockByNumber(tx: Tx, numbers: readonly string[]): Promise<Map<string, Order>> {
  const wanted = [...new Set(numbers)]
  await sql`
    select 1 from orders."order" where order_number = any(${wanted}::text[]) order by id for update`.execute(
    tx,
  )
  const { rows } = await sql<OrderRow>`
    ${SELECT_ORDER} where o.order_number = any(${wanted}::text[]) order by o.id`.execute(tx)
  return new Map(rows.map((row) => [row.order_number, orderOf(row)]))
}

interface Change {
  from: Order
  /** What happens to it, one after another. */
  steps: { moved: Moved; parcel: TrackingRow['parcel'] }[]
}

/** What the rows mean for the orders, or what is wrong with them. */
function planOf(
  rows: readonly TrackingRow[],
  locked: ReadonlyMap<string, Order>,
  now: Temporal.Instant,
): { changes: Change[]; sent: number; errors: FieldError[] } {
  const changes = new Map<string, Change>()
  const errors: FieldError[] = []
  let sent = 0
  for (const { row, orderNumber, wanted, parcel } of rows) {
    const from = locked.get(orderNumber)
    if (!from) {
      errors.push(errorOf(row, 'tracking_order_unknown'))
      continue
    }
    const change = changes.get(orderNumber) ?? { from, steps: [] }
    const order = change.steps.at(-1)?.moved.order ?? from
    const step = { step: 'ship', parcel, shipmentId: newId() } as const
    const moved = moveLines(order, step, wanted && [wanted], now)
    if (moved.kind === 'refused') errors.push(errorOf(row, moved.code))
    else if (moved.kind === 'moved') {
      change.steps.push({ moved, parcel })
      changes.set(orderNumber, change)
      sent += 1
    }
    // All of it has left, but not in this parcel.
    else if (!travelsIn(order, parcel)) errors.push(errorOf(row, 'order_line_not_movable'))
  }
  return { changes: [...changes.values()], sent, errors }
}

function errorOf(row: number, code: keyof typeof orderProblems): FieldError {
  return rowError(row, 'row', code, orderProblems[code].title)
}

async function write(tx: Tx, { from, steps }: Change, now: Temporal.Instant): Promise<void> {
  const last = steps.at(-1)?.moved.order
  if (!last) return
  await saveOrder(tx, from, last)
  await saveLines(tx, from.id, last.lines)
  for (const { moved, parcel } of steps) await publishShipped(tx, moved, parcel, now)
}
