import { type Insertable, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { SettledFee } from '../rules/exchange-fee.ts'
import type { ReturnRequest } from '../rules/return-request.ts'
import { orders, type ReturnLineTable, type ReturnRequestTable } from './tables.ts'

/** A request's row with its lines as JSON, so that one statement reads all of it. */
export type ReturnRow = Selectable<ReturnRequestTable> & { lines: Selectable<ReturnLineTable>[] }

export const SELECT_RETURN = sql`
  select r.*, (select json_agg(l order by l.line_no) from orders.return_line l where l.return_id = r.id) as lines
  from orders.return_request r`

async function readReturns(db: Db | Tx, condition: RawBuilder<unknown>): Promise<ReturnRequest[]> {
  const { rows } =
    await sql<ReturnRow>`${SELECT_RETURN} where ${condition} order by r.requested_at desc, r.id`.execute(db)
  return rows.map(returnOf)
}

/** What was asked back of an order, the latest first. */
export function returnsOfOrder(db: Db | Tx, orderId: string): Promise<ReturnRequest[]> {
  return readReturns(db, sql`r.order_id = ${orderId}`)
}

/** The return, not locked. */
export async function findReturn(db: Db | Tx, id: string): Promise<ReturnRequest | undefined> {
  return (await readReturns(db, sql`r.id = ${id}`))[0]
}

/** The request a refund is for; its order is locked. */
export async function returnOfRefund(tx: Tx, refundId: string): Promise<ReturnRequest | undefined> {
  return (await readReturns(tx, sql`r.refund_id = ${refundId}`))[0]
}

/** Writes what a customer asks for. */
export async function insertReturn(tx: Tx, request: ReturnRequest): Promise<void> {
  const { id, orderId } = request
  await orders(tx).insertInto('orders.return_request').values(rowOf(request)).execute()
  await orders(tx)
    .insertInto('orders.return_line')
    .values(
      request.lines.map(({ lineNo, quantity }) => ({
        return_id: id,
        order_id: orderId,
        line_no: lineNo,
        quantity,
      })),
    )
    .execute()
}

/** Writes a transition: compare-and-set on state and version. The order is locked, so a miss is a bug and throws. */
export async function saveReturn(tx: Tx, from: ReturnRequest, to: ReturnRequest): Promise<void> {
  const { id: _id, order_id: _order, requested_at: _asked, ...changed } = rowOf(to)
  const { numUpdatedRows } = await orders(tx)
    .updateTable('orders.return_request')
    .set(changed)
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('version', '=', from.version)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new Error(`return ${from.id} is not as it was read (${from.state})`)
}

/** Writes how the parcels of an exchange were settled, once. The order is locked, so a miss is a bug and throws. */
export async function saveFee(tx: Tx, id: string, fee: SettledFee): Promise<void> {
  const { numUpdatedRows } = await orders(tx)
    .updateTable('orders.return_request')
    .set({
      fee_settlement: fee.how,
      fee_waived_for: fee.how === 'waived' ? fee.why : null,
      fee_settled_at: fee.at,
      fee_settled_by: fee.by,
    })
    .where('id', '=', id)
    .where('fee_settlement', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new Error(`the fee of return ${id} is not as it was read`)
}

/** All but how its fee was settled, which {@link saveFee} alone writes. */
function rowOf(request: ReturnRequest): Insertable<ReturnRequestTable> {
  const { id, orderId, version, kind, reason, note, paidBy, parcelFee, state } = request
  const decided = 'decided' in request ? request.decided : null
  const received = 'received' in request ? request.received : null
  const parcel = 'parcel' in request ? request.parcel : null
  return {
    id,
    order_id: orderId,
    version,
    kind,
    reason,
    note,
    paid_by: paidBy,
    parcel_fee: parcelFee,
    state,
    requested_at: request.requestedAt,
    decided_at: decided?.at ?? null,
    decided_by: decided?.by ?? null,
    decision: 'why' in request ? request.why : null,
    received_at: received?.at ?? null,
    restock: received?.restock ?? null,
    refund_id: 'refundId' in request ? request.refundId : null,
    carrier: parcel?.carrier ?? null,
    tracking_number: parcel?.trackingNumber ?? null,
    ended_at: 'endedAt' in request ? request.endedAt : null,
  }
}

function feeOf({
  fee_settlement: how,
  fee_waived_for: why,
  fee_settled_at: at,
  fee_settled_by: by,
}: ReturnRow) {
  if (how === null || at === null || by === null) return null
  if (how !== 'waived') return { how, at, by }
  return why === null ? null : { how, why, at, by }
}

/** The request as its state's type. What a state must have and the row lacks is a bug (the table's checks forbid it). */
export function returnOf(row: ReturnRow): ReturnRequest {
  const basis = {
    id: row.id,
    orderId: row.order_id,
    version: row.version,
    kind: row.kind,
    reason: row.reason,
    note: row.note,
    paidBy: row.paid_by,
    parcelFee: row.parcel_fee,
    fee: feeOf(row),
    lines: row.lines.map(({ line_no, quantity }) => ({ lineNo: line_no, quantity })),
    requestedAt: row.requested_at,
  }
  const present = <T>(value: T | null): T => {
    if (value === null) throw new Error(`return ${row.id} lacks what the state ${row.state} must have`)
    return value
  }
  const decided = () => ({ at: present(row.decided_at), by: present(row.decided_by) })
  const received = () => ({ at: present(row.received_at), restock: present(row.restock) })
  switch (row.state) {
    case 'requested':
      return { ...basis, state: row.state }
    case 'approved':
      return { ...basis, state: row.state, decided: decided() }
    case 'refused':
      return {
        ...basis,
        state: row.state,
        decided: decided(),
        why: present(row.decision),
        endedAt: present(row.ended_at),
      }
    case 'cancelled':
      return {
        ...basis,
        state: row.state,
        decided: row.decided_at === null ? null : decided(),
        endedAt: present(row.ended_at),
      }
    case 'received':
      return { ...basis, state: row.state, decided: decided(), received: received() }
    case 'refunding':
      return {
        ...basis,
        state: row.state,
        decided: decided(),
        received: received(),
        refundId: present(row.refund_id),
      }
    case 'refunded':
      return {
        ...basis,
        state: row.state,
        decided: decided(),
        received: received(),
        refundId: present(row.refund_id),
        endedAt: present(row.ended_at),
      }
    case 'exchanged':
      return {
        ...basis,
        state: row.state,
        decided: decided(),
        received: received(),
        parcel: { carrier: present(row.carrier), trackingNumber: present(row.tracking_number) },
        endedAt: present(row.ended_at),
      }
  }
}
