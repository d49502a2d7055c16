import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { type FieldError, type Refused, refused } from '../../../platform/refusal.ts'
import type { CsvRow } from '../../../platform/text/csv.ts'
import { BUSINESS_TIME_ZONE, businessDate, type Clock } from '../../../platform/time/clock.ts'
import { keepMoved, noteMoved } from '../move-order.ts'
import { orderProblems } from '../problems.ts'
import {
  type DeliveryStep,
  type Moved,
  moveLines,
  type Parcel,
  type Shipment,
  shipmentsOf,
  type WantedPieces,
} from '../rules/delivery.ts'
import type { Order } from '../rules/order.ts'
import { firstErrors, readTrackingSheet, rowError, type TrackingRow } from '../rules/tracking-sheet.ts'
import { type OrderRow, orderOf, SELECT_ORDER } from '../store/order-store.ts'

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
  /** Those that told of an arrival. */
  arrived: number
  /** Those that were so already. */
  unchanged: number
  /** Orders that changed. */
  orders: number
}

/**
 * Sends what the rows of a table say and notes what arrived, all of it or nothing. The same table again changes nothing, and several may be
 * imported at once: orders are locked in one order, and the second finds what the first has done.
 * @param actorId who brings it
 * @param check only says what would happen
 * Refusals: tracking_rows_wrong, with what is wrong by row.
 */
export async function importTracking(
  deps: ImportTrackingDeps,
  { actorId, table, check }: { actorId: string; table: readonly CsvRow[]; check: boolean },
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
      arrived: plan.arrived,
      unchanged: plan.unchanged,
      orders: plan.changes.length,
    }
    if (check) return rollback(imported)
    for (const { steps } of plan.changes)
      for (const taken of steps) {
        await keepMoved(tx, taken.from, taken.moved, taken.step, now)
        await noteMoved(tx, { actorId, orderId: taken.from.id, ...taken }, now)
      }
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

/** One step of an order, from how it was to what it became. */
interface Taken {
  from: Order
  step: DeliveryStep
  moved: Moved
}

interface Change {
  /** The order after the steps. */
  order: Order
  /** What happens to it, one after another. */
  steps: readonly Taken[]
}

interface Plan {
  changes: readonly Change[]
  sent: number
  arrived: number
  unchanged: number
  errors: FieldError[]
}

/** What the rows mean for the orders, or what is wrong with them. */
function planOf(
  rows: readonly TrackingRow[],
  locked: ReadonlyMap<string, Order>,
  now: Temporal.Instant,
): Plan {
  const changes = new Map<string, Change>()
  const counts = { sent: 0, arrived: 0, unchanged: 0 }
  const errors: FieldError[] = []
  for (const row of rows) {
    const from = locked.get(row.orderNumber)
    const before = changes.get(row.orderNumber) ?? (from && { order: from, steps: [] })
    const taken = before ? stepsOf(before.order, row, now) : 'tracking_order_unknown'
    if (typeof taken === 'string') {
      errors.push(rowError(row.row, 'row', taken, orderProblems[taken].title))
      continue
    }
    for (const { step } of taken) counts[step.step === 'ship' ? 'sent' : 'arrived'] += 1
    if (taken.length === 0) counts.unchanged += 1
    const order = taken.at(-1)?.moved.order
    if (before && order) changes.set(row.orderNumber, { order, steps: [...before.steps, ...taken] })
  }
  return { changes: [...changes.values()], ...counts, errors }
}

/** What one row makes of an order: its pieces leave in the parcel, and that arrives. The code says why they cannot. */
function stepsOf(
  order: Order,
  { wanted, parcel, arrivedOn }: TrackingRow,
  now: Temporal.Instant,
): Taken[] | keyof typeof orderProblems {
  const sending = { step: 'ship', parcel, shipmentId: newId() } as const
  // Without a line all that is left is meant; of a parcel that has arrived, what is in it.
  const shipment = shipmentOf(order, parcel)
  const isSent = shipment !== undefined && arrivedOn !== null && holds(shipment, wanted?.lineNo)
  const sent = isSent ? 'unchanged' : taken(order, sending, wanted && [wanted], now)
  if (typeof sent === 'string' && sent !== 'unchanged') return sent
  // All of it has left, but not in this parcel.
  if (sent === 'unchanged' && !shipment) return 'order_line_not_movable'
  const steps = sent === 'unchanged' ? [] : [sent]
  if (arrivedOn === null) return steps
  const there = arrivalOf(steps.at(-1)?.moved.order ?? order, { parcel, arrivedOn }, now)
  if (there === 'unchanged') return steps
  return typeof there === 'string' ? there : [...steps, there]
}

/** The parcel arrives on a day, which is neither before it was sent nor yet to come. */
function arrivalOf(
  order: Order,
  { parcel, arrivedOn }: { parcel: Parcel; arrivedOn: Temporal.PlainDate },
  now: Temporal.Instant,
): Taken | 'unchanged' | keyof typeof orderProblems {
  const shipment = shipmentOf(order, parcel)
  if (!shipment) return 'order_line_not_movable'
  const isLate = Temporal.PlainDate.compare(arrivedOn, businessDate(now)) > 0
  const isEarly = Temporal.PlainDate.compare(arrivedOn, businessDate(shipment.shippedAt)) < 0
  if (isLate || isEarly) return 'tracking_day_impossible'
  const on = arrivedOn.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()
  const step = { step: 'deliver', by: 'merchant', on, shipmentId: shipment.id, evenCounted: true } as const
  return taken(order, step, undefined, now)
}

function shipmentOf(order: Order, { carrier, trackingNumber }: Parcel): Shipment | undefined {
  return shipmentsOf(order).find(
    ({ parcel }) => parcel?.carrier === carrier && parcel.trackingNumber === trackingNumber,
  )
}

const holds = ({ lines }: Shipment, lineNo: number | undefined): boolean =>
  lineNo === undefined || lines.some((line) => line.lineNo === lineNo)

function taken(
  order: Order,
  step: DeliveryStep,
  wanted: readonly WantedPieces[] | undefined,
  at: Temporal.Instant,
): Taken | 'unchanged' | keyof typeof orderProblems {
  const moved = moveLines(order, step, wanted, at)
  if (moved.kind === 'refused') return moved.code
  return moved.kind === 'unchanged' ? 'unchanged' : { from: order, step, moved }
}
