import type { Db, Tx } from '../../platform/database/database.ts'
import type { AttemptEnd } from '../payments/index.ts'

export type { AttemptEnd } from '../payments/index.ts'

/** News of a payment for one delivery of a subscription. */
export interface CycleNews {
  orderId: string
  subscriptionId: string
  cycleNo: number
  attemptId: string
  at: Temporal.Instant
}

/**
 * What becomes of the order of a cycle after an attempt has ended: it goes on and keeps its stock, it waits for
 * another try and its stock is free meanwhile, or it ends.
 */
export type CycleOrderFate = 'keep' | 'release' | 'payment_given_up' | 'subscription_ended'

/**
 * What orders tell subscriptions about the payment of a cycle. Every function runs in the transaction that settles the
 * attempt, with the order locked, so that attempt, ledger, order, cycle and subscription change together. Told twice,
 * they change nothing the second time.
 */
export interface CyclePort {
  /** `paymentMethodId`: the stored method the payment used or left behind, if any. */
  paid(tx: Tx, news: CycleNews & { paymentMethodId: string | null }): Promise<void>
  ended(
    tx: Tx,
    news: CycleNews & { origin: 'checkout' | 'token'; outcome: AttemptEnd },
  ): Promise<CycleOrderFate>
  /** Surely not sent; the same attempt may be sent again after this many milliseconds. */
  postponed(tx: Tx, news: CycleNews & { retryAfterMs: number }): Promise<void>
  /** Nobody knows whether money moved. */
  doubted(tx: Tx, news: CycleNews): Promise<void>
  /** Whether the cycle may still be charged: false once its subscription has ended, though its outcome is waited for. */
  stillWanted(tx: Tx, news: CycleNews): Promise<boolean>
  /** Of these orders those that a subscription began with, or delivers by: they are kept as long as it is. */
  ordersInUse(db: Db | Tx, orderIds: readonly string[]): Promise<string[]>
}

/** The port of a part that is made later, because it needs orders itself. */
export function cyclesLater(cycles: () => CyclePort): CyclePort {
  return {
    paid: (tx, news) => cycles().paid(tx, news),
    ended: (tx, news) => cycles().ended(tx, news),
    postponed: (tx, news) => cycles().postponed(tx, news),
    doubted: (tx, news) => cycles().doubted(tx, news),
    stillWanted: (tx, news) => cycles().stillWanted(tx, news),
    ordersInUse: (db, orderIds) => cycles().ordersInUse(db, orderIds),
  }
}
