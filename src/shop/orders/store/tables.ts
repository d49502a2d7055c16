import type { Generated, GeneratedAlways } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import type { Arrival } from '../rules/arrival.ts'
import type { Carrier, DeliveryState } from '../rules/delivery.ts'
import type { FeeSettlement } from '../rules/exchange-fee.ts'
import type { CloseReason, OrderState } from '../rules/order.ts'
import type { ReturnKind, ReturnReason } from '../rules/return-policy.ts'
import type { ReturnState } from '../rules/return-request.ts'

export type OrderTable = {
  id: string
  order_number: string
  customer_id: string
  state: OrderState
  version: number
  origin_total: Won
  discount_total: Won
  delivery_fee: Generated<Won>
  total: Won
  item_count: number
  receiver_name: string
  receiver_phone: string
  city: string
  address_detail: string
  postal_code: string
  delivery_note: string | null
  receiver_forgotten_at: Generated<Temporal.Instant | null>
  placed_at: Temporal.Instant
  expires_at: Temporal.Instant | null
  paid_at: Temporal.Instant | null
  paid_attempt_id: string | null
  paid_provider: string | null
  shipped_at: Temporal.Instant | null
  refund_requested_at: Temporal.Instant | null
  refunded_total: Generated<Won>
  closed_at: Temporal.Instant | null
  close_reason: CloseReason | null
  pieces_to_send: GeneratedAlways<number>
  kind: Generated<'purchase' | 'cycle'>
  subscription_id: string | null
  cycle_no: number | null
  stock_held: Generated<boolean>
  consent_version: string | null
  coupon_id: string | null
  coupon_discount: Generated<Won>
  consented_at: Temporal.Instant | null
}

type WithdrawnCustomerTable = {
  customer_id: string
  withdrawn_at: Temporal.Instant
  forgotten_at: Temporal.Instant | null
}

export type OrderLineTable = {
  order_id: string
  line_no: number
  item_id: string
  name: string
  enterprise: string
  thumbnail: string | null
  quantity: number
  origin_unit_price: Won
  discount_unit_price: Won
  unit_price: Won
  line_total: Won
  coupon_discount: Generated<Won>
  tax_free: Generated<boolean>
  period_unit: 'days' | 'months' | null
  period_count: number | null
  packing: Generated<boolean>
  cancelled: Generated<number>
  sent: Generated<number>
  arrived: Generated<number>
  returned: Generated<number>
  claimed: Generated<number>
  delivery: GeneratedAlways<DeliveryState>
  refund_pieces: Generated<number>
  refund_goods: Generated<Won>
  refund_fee: Generated<Won>
}

/** A partial refund: what the money was for. */
export type RefundTable = {
  /** Its id in payments. */
  id: string
  order_id: string
  amount: Won
  cause: RefundCause
  reason: string
  requested_by: string
  restock: boolean
  state: Generated<'requested' | 'given' | 'declined'>
  requested_at: Temporal.Instant
  ended_at: Temporal.Instant | null
}

export type RefundCause = 'cancelled' | 'returned' | 'merchant'

export type RefundLineTable = {
  refund_id: string
  order_id: string
  line_no: number
  pieces: number
  cancelled: number
  goods: Won
  fee: Won
}

export type ReturnRequestTable = {
  id: string
  order_id: string
  version: number
  kind: ReturnKind
  reason: ReturnReason
  note: string | null
  paid_by: 'customer' | 'merchant'
  parcel_fee: Won
  state: ReturnState
  requested_at: Temporal.Instant
  decided_at: Temporal.Instant | null
  decided_by: string | null
  decision: string | null
  received_at: Temporal.Instant | null
  restock: boolean | null
  refund_id: string | null
  carrier: Carrier | null
  tracking_number: string | null
  ended_at: Temporal.Instant | null
  fee_settlement: FeeSettlement | null
  fee_waived_for: string | null
  fee_settled_at: Temporal.Instant | null
  fee_settled_by: string | null
}

export type ReturnLineTable = {
  return_id: string
  order_id: string
  line_no: number
  quantity: number
}

export type ShipmentTable = {
  id: string
  order_id: string
  carrier: Carrier | null
  tracking_number: string | null
  shipped_at: Temporal.Instant
}

/** What of a line is in a parcel. */
export type ShipmentLineTable = {
  shipment_id: string
  order_id: string
  line_no: number
  quantity: number
  delivered_at: Temporal.Instant | null
  arrival: Arrival | null
}

type ConsentTextTable = {
  version: string
  ko: string
  en: string
  kept_at: Temporal.Instant
}

export type OrdersTables = {
  'orders.consent_text': ConsentTextTable
  'orders.order': OrderTable
  'orders.order_line': OrderLineTable
  'orders.refund': RefundTable
  'orders.refund_line': RefundLineTable
  'orders.return_line': ReturnLineTable
  'orders.return_request': ReturnRequestTable
  'orders.shipment': ShipmentTable
  'orders.shipment_line': ShipmentLineTable
  'orders.withdrawn_customer': WithdrawnCustomerTable
}

/** The database with the tables of orders. */
export const orders = (db: Db | Tx) => db.$extendTables<OrdersTables>()
