import { randomInt } from 'node:crypto'
import type { Db } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { Module } from '../../platform/module.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { Payable } from '../payments/index.ts'
import type { CatalogPort } from './catalog-port.ts'
import { type Expired, expireOrders } from './expire-orders.ts'
import { ORDER_NUMBER_DRAWS } from './order-number.ts'
import { createPayable } from './payable.ts'
import type { PaymentPort } from './payment-port.ts'
import { orderProblems } from './problems.ts'
import { orderRoutes } from './routes.ts'

export type { CatalogPort, ItemForSale, Pieces } from './catalog-port.ts'
export { createPayable, type PayableDeps } from './payable.ts'
export type { FullRefundRequest, PaymentPort } from './payment-port.ts'
export type { SampleItem } from './sample-order.ts'
export { type SeedOrders, type SeedOrdersDeps, seedOrders } from './seed-orders.ts'

export const ordersSchema: SchemaMigrations = {
  schema: 'orders',
  folder: new URL('./migrations/', import.meta.url),
}

export interface OrdersSettings {
  /** How long an order waits for its payment and holds its stock; hours and smaller units. */
  paymentWindow: Temporal.Duration
}

export const DEFAULT_ORDERS_SETTINGS: OrdersSettings = {
  paymentWindow: Temporal.Duration.from({ minutes: 30 }),
}

export interface OrdersDeps {
  db: Db
  clock: Clock
  log: Logger
  catalog: CatalogPort
  payments: PaymentPort
  settings: OrdersSettings
}

export interface Orders {
  module: Module
  /** Orders as payments see them; also to be had alone, by `createPayable`. */
  payable: Payable
  /** Ends orders that were not paid in time; the module does it every few seconds. */
  expireOrders(): Promise<Expired>
}

const SWEEP_EVERY_MS = 5_000

/** One-time orders: placing, expiry, cancelling, reading, and what payments may do to them. */
export function createOrders(deps: OrdersDeps): Orders {
  const expire = () => expireOrders(deps)
  return {
    payable: createPayable(deps),
    expireOrders: expire,
    module: {
      name: 'orders',
      schema: ordersSchema,
      problems: orderProblems,
      routes: orderRoutes({ ...deps, draw: () => randomInt(ORDER_NUMBER_DRAWS) }),
      sweeps: [{ name: 'orders.expire', everyMs: SWEEP_EVERY_MS, run: expire }],
    },
  }
}
