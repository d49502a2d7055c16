import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { refused } from '../../../platform/refusal.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { AttemptEnd, AttemptNews, PaidNotice, Payable, RefundNotice } from '../../payments/index.ts'
import type { CatalogPort } from '../catalog-port.ts'
import type { CycleNews, CyclePort } from '../cycle-port.ts'
import { endCycleOrder, holdStockAgain, releaseCycleHold } from '../cycles/cycle-orders.ts'
import { asFarAsItsLines } from '../rules/delivery.ts'
import { withPart } from '../rules/give-back.ts'
import {
  askedBack,
  keptAfterAll,
  type Order,
  openForPayment,
  recordPayment,
  recordRefund,
  refundableOrder,
  shippedAtOf,
} from '../rules/order.ts'
import { payableOrder } from '../rules/payable-order.ts'
import { settled } from '../rules/return-request.ts'
import { findOrder, lockOrder, saveLines, saveOrder } from '../store/order-store.ts'
import {
  type GivenPieces,
  piecesInHouse,
  piecesOf,
  publishPaid,
  publishRefunded,
  publishReturn,
} from '../store/publish.ts'
import { endRefund, type OrderRefund } from '../store/refund-store.ts'
import { returnOfRefund, saveReturn } from '../store/return-store.ts'

export interface PayableDeps {
  clock: Clock
  log: Logger
  catalog: Pick<CatalogPort, 'holdStock' | 'releaseHold' | 'consumeHold' | 'takeStock' | 'restockItems'>
  cycles: CyclePort
}

/** Orders answer everything payments may tell or ask. */
export type RecurringPayable = Required<Payable>

/** Orders as payments see them. Every function that changes something locks the order and works in the caller's transaction. */
export function createPayable(deps: PayableDeps): RecurringPayable {
  return {
    lockForPayment: (tx, orderId, payerId) => lockForPayment(deps, tx, orderId, payerId),
    keepOpenUntil,
    paid: (tx, notice) => paid(deps, tx, notice),
    ended: (tx, notice) => ended(deps, tx, notice),
    async postponed(tx, { retryAfterMs, ...notice }) {
      const news = await cycleNews(tx, notice)
      if (news) await deps.cycles.postponed(tx, { ...news, retryAfterMs })
    },
    async doubted(tx, notice) {
      const news = await cycleNews(tx, notice)
      if (news) await deps.cycles.doubted(tx, news)
    },
    async stillWanted(tx, notice) {
      const order = await lockOrder(tx, notice.orderId)
      if (order?.state !== 'awaiting_payment') return false
      const news = newsOf(order, notice)
      return news === undefined || deps.cycles.stillWanted(tx, news)
    },
    async lockForRefund(tx, orderId) {
      const order = await lockOrder(tx, orderId)
      if (!order) return refused('not_found')
      const found = refundableOrder(order)
      if ('kind' in found) return found
      return { ...payableOrder(found), shipped: shippedAtOf(found) !== null }
    },
    async refundRequested(tx, { orderId, at }) {
      const order = await lockOrder(tx, orderId)
      const asked = order && askedBack(order, at)
      if (asked && asked !== order) await saveOrder(tx, order, asked)
    },
    async refundDeclined(tx, { orderId, refundId, at }) {
      const order = await lockOrder(tx, orderId)
      if (!order || (await keepPart(tx, orderId, refundId, at))) return
      const kept = keptAfterAll(order)
      if (kept !== order) await saveOrder(tx, order, kept)
    },
    refunded: (tx, notice) => refunded(deps, tx, notice),
    async stillKept(db, orderIds) {
      const { rows } = await sql<{ id: string }>`
        select id from orders."order" where id = any(${orderIds}::uuid[])`.execute(db)
      return rows.map(({ id }) => id)
    },
  }
}

async function lockForPayment(deps: PayableDeps, tx: Tx, orderId: string, payerId: string | undefined) {
  const order = await lockOrder(tx, orderId)
  if (!order || (payerId !== undefined && order.customerId !== payerId)) return refused('not_found')
  const open = openForPayment(order, deps.clock.now())
  if ('kind' in open) return open
  // Between two tries a cycle's pieces were free: without them nothing may be charged.
  const held = await holdStockAgain(deps, tx, open)
  return held.kind === 'refused' ? held : payableOrder(open)
}

/** However often a customer begins to pay, an unpaid order holds its stock no longer than this. */
const LONGEST_HOLD = '1 hour'

/** Never shortens the window, and leaves an order alone that no longer waits. */
async function keepOpenUntil(tx: Tx, orderId: string, until: Temporal.Instant): Promise<void> {
  await sql`
    update orders."order" set expires_at = greatest(expires_at, least(${until}, placed_at + ${LONGEST_HOLD}::interval))
    where id = ${orderId} and state = 'awaiting_payment' and expires_at < ${until}`.execute(tx)
}

async function paid(deps: PayableDeps, tx: Tx, notice: PaidNotice): Promise<'accepted' | 'too_late'> {
  const order = await lockOrder(tx, notice.orderId)
  if (!order) {
    deps.log.error(
      { orderId: notice.orderId, attemptId: notice.attemptId },
      'paid, but there is no such order',
    )
    return 'too_late'
  }
  // The same payment told twice changes nothing.
  if ('payment' in order && order.payment.attemptId === notice.attemptId) return 'accepted'
  const { attemptId, provider, at, paymentMethodId = null } = notice
  const decision = recordPayment(order, { attemptId, provider, at })
  if ('kind' in decision) return 'too_late'
  if (notice.total !== order.total) {
    const amounts = { paid: notice.total, total: order.total }
    deps.log.error(
      { orderId: order.id, attemptId, ...amounts },
      'the paid amount is not the total of the order',
    )
    return 'too_late'
  }
  if (!(await takePieces(deps, tx, order))) {
    deps.log.error({ orderId: order.id, attemptId }, 'an order waiting for payment holds no stock')
    return 'too_late'
  }
  await saveOrder(tx, order, decision)
  await publishPaid(tx, decision, paymentMethodId)
  const news = newsOf(order, notice)
  if (news) await deps.cycles.paid(tx, { ...news, paymentMethodId })
  return 'accepted'
}

/** Held pieces are sold. A cycle between two tries holds none; free ones are sold then, if there are enough. */
async function takePieces(deps: PayableDeps, tx: Tx, order: Order): Promise<boolean> {
  if (await deps.catalog.consumeHold(tx, order.id)) return true
  if (!order.cycle) return false
  return (await deps.catalog.takeStock(tx, order.id, piecesOf(order))).kind === 'taken'
}

/** An attempt ended without money. For a purchase the customer simply tries again; a cycle says how it goes on. */
async function ended(
  deps: PayableDeps,
  tx: Tx,
  { origin, outcome, ...notice }: AttemptNews & { origin: 'checkout' | 'token'; outcome: AttemptEnd },
): Promise<void> {
  const order = await lockOrder(tx, notice.orderId)
  const news = order && newsOf(order, notice)
  if (!news) return
  const fate = await deps.cycles.ended(tx, { ...news, origin, outcome })
  if (fate === 'keep') return
  if (fate === 'release') {
    await releaseCycleHold(deps, tx, order.id)
    return
  }
  const result = await endCycleOrder(deps, tx, order, fate)
  if (result.kind === 'refused') throw new Error(`the cycle order ${order.id} cannot end: ${result.code}`)
}

async function cycleNews(tx: Tx, notice: AttemptNews): Promise<CycleNews | undefined> {
  const order = await lockOrder(tx, notice.orderId)
  return order && newsOf(order, notice)
}

function newsOf(order: Order, { attemptId, at }: AttemptNews): CycleNews | undefined {
  if (!order.cycle) return undefined
  const { subscriptionId, no } = order.cycle
  return { orderId: order.id, subscriptionId, cycleNo: no, attemptId, at }
}

async function refunded(deps: PayableDeps, tx: Tx, notice: RefundNotice): Promise<void> {
  // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
  await lockOrder(tx, notice.orderId)
  const order = await findOrder(tx, notice.orderId)
  if (!order) throw new Error(`refund ${notice.refundId} is for an unknown order ${notice.orderId}`)
  const decision = recordRefund(order, notice)
  if ('kind' in decision) {
    if (decision.kind === 'refused') {
      deps.log.warn(
        { orderId: order.id, state: order.state, refundId: notice.refundId },
        'refund of an unpaid order',
      )
    }
    return
  }
  await saveOrder(tx, order, decision)
  // What never left the house can be sold again; a returned parcel is first looked at by a person.
  if (decision.state === 'refunded') await deps.catalog.restockItems(tx, piecesInHouse(order))
  const part = await endRefund(tx, notice.refundId, 'given', notice.at)
  const pieces = piecesGiven(order, decision.state === 'refunded', part)
  // Of other pieces only a person knows whether they can be sold again.
  if (part?.restock) await deps.catalog.restockItems(tx, piecesOfPart(order, part))
  await settleReturn(tx, order, notice.refundId, 'given', notice.at)
  await publishRefunded(tx, decision, notice, pieces)
}

/** A partial refund was declined: its pieces are to be sent after all. False when the refund was of everything. */
async function keepPart(tx: Tx, orderId: string, refundId: string, at: Temporal.Instant): Promise<boolean> {
  const kept = await endRefund(tx, refundId, 'declined', at)
  if (!kept) return false
  const order = await findOrder(tx, orderId)
  const paid = order && refundableOrder(order)
  if (!paid || 'kind' in paid) throw new Error(`refund ${refundId} was of an order that cannot be refunded`)
  const lines = paid.lines.map((line) => {
    const part = kept.parts.find(({ lineNo }) => lineNo === line.lineNo)
    const { delivery } = line
    const cancelled = delivery.cancelled - (part?.cancelled ?? 0)
    return { ...withPart(line, part, -1), delivery: { ...delivery, cancelled } }
  })
  await saveOrder(tx, paid, asFarAsItsLines(paid, lines))
  await saveLines(tx, orderId, lines)
  await settleReturn(tx, paid, refundId, 'declined', at)
  return true
}

/** The request a refund was for, if it was for one, ends with it, or waits to be refunded again. */
async function settleReturn(
  tx: Tx,
  order: Order,
  refundId: string,
  outcome: 'given' | 'declined',
  at: Temporal.Instant,
): Promise<void> {
  const request = await returnOfRefund(tx, refundId)
  if (request?.state !== 'refunding') return
  const next = settled(request, outcome, at)
  await saveReturn(tx, request, next)
  await publishReturn(tx, order, next, at)
}

const piecesOfPart = ({ lines }: Order, { parts }: OrderRefund) =>
  parts
    .map(({ lineNo, pieces }) => ({ itemId: itemOf(lines, lineNo), quantity: pieces }))
    .filter(({ quantity }) => quantity > 0)

function itemOf(lines: Order['lines'], lineNo: number): string {
  const line = lines.find((one) => one.lineNo === lineNo)
  if (!line) throw new Error(`a refund names line ${lineNo}, which its order does not have`)
  return line.itemId
}

/** The pieces a refund gives back: its own, and of the last one all that no refund before it gave back. */
function piecesGiven(order: Order, isFull: boolean, part: OrderRefund | undefined): GivenPieces[] {
  return order.lines
    .map((line) => {
      const own = part?.parts.find(({ lineNo }) => lineNo === line.lineNo)?.pieces ?? 0
      const before = line.refund.pieces - own
      const quantity = isFull ? line.quantity - before : own
      return { itemId: line.itemId, quantity, whole: before + quantity === line.quantity }
    })
    .filter(({ quantity }) => quantity > 0)
}
