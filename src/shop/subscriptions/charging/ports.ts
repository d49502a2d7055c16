import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Refused } from '../../../platform/refusal.ts'
import type { Orders, PlacedCycle } from '../../orders/index.ts'
import type { OrdersPort, PaymentMethodsPort, SubscriptionDeps } from '../deps.ts'

/** What billing needs of payments, beside the stored methods. */
export interface TokenCharges {
  /**
   * Writes an attempt that has not been sent. 'method_gone': not the owner's, revoked or dead; 'method_busy': another
   * charge by it is open or only just over; 'attempt_open': another attempt of the order is. Refusals: those of the order.
   */
  prepareTokenCharge(
    tx: Tx,
    charge: { orderId: string; paymentMethodId: string; now: Temporal.Instant; fresh?: PlacedCycle['fresh'] },
  ): Promise<
    | { kind: 'prepared'; attemptId: string; provider: string }
    | { kind: 'method_gone' }
    | { kind: 'method_busy'; retryAfterMs: number }
    | { kind: 'attempt_open'; attemptId: string; retryAfterMs: number }
    | Refused
  >
  /** Sends a prepared attempt and settles it. 'stale': somebody else has it. Never throws for provider trouble. */
  sendTokenCharge(attemptId: string): Promise<ChargeResult>
  /**
   * Ends a prepared attempt that was not sent, so that another one can be prepared in the same transaction.
   * 'in_flight': it was sent after all, and its outcome counts; 'over': it ended before.
   */
  closeUnsentCharge(
    tx: Tx,
    charge: { orderId: string; attemptId: string; reason: string },
  ): Promise<'closed' | 'in_flight' | 'over'>
  /** Who is asked by an attempt that was prepared before. */
  providerOfCharge(db: Db | Tx, attemptId: string): Promise<string>
  /** Whether a charge by a stored method is not over yet, and if so whether its outcome is unknown. Locks nothing. */
  openChargeOf(db: Db | Tx, paymentMethodId: string): Promise<'none' | 'under_way' | 'unknown'>
  /** Those of the methods that can be charged: whose they are, and whether an earlier charge's outcome is unknown. */
  chargeableMethods(
    db: Db | Tx,
    methodIds: readonly string[],
  ): Promise<Map<string, { ownerId: string; isBehindUnknown: boolean }>>
  /** Whether the provider's circuit breaker refuses charges at the moment. */
  breakerOpen(provider: string): { open: boolean; retryAfterMs: number }
}

/** Why the order of a cycle was not placed. */
export type NotPlaced = Extract<Awaited<ReturnType<Orders['placeCycleOrder']>>, { kind: 'refused' }>

export type ChargeResult = 'paid' | 'declined' | 'unknown' | 'not_sent' | 'failed' | 'stale'

export interface BillingSettings {
  /** Charges on their way to one provider at once, unless a run is given another number; 1–1,200. */
  concurrency: number
  /** The most a run may be given: as many calls as the connections to a provider carry. */
  mostConcurrency: number
  /** A worker that says nothing for this long is taken for dead. */
  leaseMs: number
  /** A run stops when no provider could be reached for this long. */
  breakerPatienceMs: number
  /** At its end a run waits this long for what was put off by a few seconds. */
  lingerMs: number
  /** Preparing transactions at once: the rest of the connection pool is for settling. */
  preparing: number
}

export const DEFAULT_BILLING_SETTINGS: BillingSettings = {
  concurrency: 50,
  mostConcurrency: 50,
  leaseMs: 30_000,
  breakerPatienceMs: 120_000,
  lingerMs: 10_000,
  preparing: 4,
}

/** Moments between which a worker may die. */
export type Moment = 'claimed' | 'preparing' | 'prepared' | 'sent'

export interface BillingDeps extends SubscriptionDeps {
  orders: OrdersPort & Pick<Orders, 'placeCycleOrder'>
  payments: PaymentMethodsPort & TokenCharges
  /** Names of the providers that may be charged. */
  providers: readonly string[]
  billing: BillingSettings
  /** Told of each moment; tests throw here, where a worker would die. */
  at(moment: Moment, subscriptionId: string): void | Promise<void>
}
