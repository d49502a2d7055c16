import type { Db, Tx } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { handleCommand } from '../../platform/jobs/commands.ts'
import type { Module } from '../../platform/module.ts'
import type { Won } from '../../platform/money.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { PaymentsDeps } from './deps.ts'
import { closeOpenAttempt, closeUnsentCharge } from './flows/close-attempt.ts'
import { refundOrder } from './flows/refund-order.ts'
import { sweepDeeds } from './flows/sweep-deeds.ts'
import {
  type NotPrepared,
  type Prepared,
  prepareTokenCharge,
  type TokenCharge,
} from './flows/token-charge.ts'
import { paymentFiguresRoutes } from './http/figures-routes.ts'
import { type PaymentsForPages, paymentsForPages } from './http/for-pages.ts'
import { operatorPaymentRoutes } from './http/operator-routes.ts'
import { proposalRoutes } from './http/proposal-routes.ts'
import { reconciliationRoutes } from './http/reconciliation-routes.ts'
import { registrationRoutes } from './http/registration-routes.ts'
import { paymentRoutes } from './http/routes.ts'
import { settlementTableRoute } from './http/settlement-table-route.ts'
import { webhookRoutes } from './http/webhook-routes.ts'
import { paymentProblems } from './problems.ts'
import type { DayReconciled } from './reconciling/compared-day.ts'
import { listsNotHad, missingTables } from './reconciling/missing-tables.ts'
import { reconcileDay, reconcileDue } from './reconciling/reconcile-day.ts'
import { type ReconcileTable, reconcileTable } from './reconciling/reconcile-table.ts'
import { followHints } from './recovery/hints.ts'
import { lookUpAllDue, refundsInReview, unknownState } from './recovery/look-up.ts'
import { takeUpReceipts } from './recovery/receipts-left-behind.ts'
import { sweepAttempts } from './recovery/sweep-attempts.ts'
import { sweepCashReceipts } from './recovery/sweep-cash-receipts.ts'
import { sweepRefunds } from './recovery/sweep-refunds.ts'
import { sweepRegistrations } from './recovery/sweep-registrations.ts'
import { paymentsRetention, unsettledOf } from './retention.ts'
import { LOOK_DELAYS_SECONDS } from './rules/look.ts'
import { sendRefund } from './sending/send-refund.ts'
import { type ChargeResult, sendTokenCharge } from './sending/send-token-charge.ts'
import { refundCommand } from './settling/request-refund.ts'
import {
  requestMethodRevocation,
  revokeMethod,
  revokeMethodCommand,
  sweepRevocations,
} from './settling/revoke-method.ts'
import { openChargeOf, providerOfCharge } from './store/attempt-store.ts'
import { countHandedBack } from './store/deed-store.ts'
import {
  type ChargeableMethod,
  chargeableMethods,
  type PaymentMethod,
  paymentMethodsOf,
  providerOfMethod,
} from './store/method-store.ts'
import {
  countOldTokens,
  type ReEncrypted,
  type ReEncryptOptions,
  reEncryptTokens,
} from './store/re-encrypt-tokens.ts'
import { receiptsInReview } from './store/receipt-store.ts'
import { countOpenFindings } from './store/reconciliation-store.ts'

export type { PaymentSettings, PaymentsDeps, ResultPages } from './deps.ts'
export type { TokenCharge } from './flows/token-charge.ts'
export type { PaymentsForPages, ReturnedPayment } from './http/for-pages.ts'
export type { RegistrationView } from './http/registration-view.ts'
export type { PaymentView } from './http/view.ts'
export type {
  AttemptEnd,
  AttemptNews,
  PaidNotice,
  Payable,
  PayableOrder,
  RefundableOrder,
  RefundNotice,
} from './payable.ts'
export type { ChargeResult } from './sending/send-token-charge.ts'

import type { ProviderName } from './provider.ts'

export { payableProblems, paymentProblems } from './problems.ts'
export type { PaymentProvider, ProviderName } from './provider.ts'
export { createKakaoPay } from './providers/kakaopay/kakaopay.ts'
export { createToss } from './providers/toss/toss.ts'
export type { PaymentMethod } from './store/method-store.ts'
export { LOOK_DELAYS_SECONDS }

/** The commands payments store: their queues exist in every process. */
export const paymentCommands = [refundCommand, revokeMethodCommand]

export const paymentsSchema: SchemaMigrations = {
  schema: 'payments',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Payments {
  module: Module
  /** What customers do about payments in a browser. */
  pages: PaymentsForPages
  closeOpenAttempt(tx: Tx, orderId: string, reason: string): Promise<'closed' | 'none' | 'in_flight'>
  refundOrder(
    tx: Tx,
    input: { orderId: string; amount?: Won; reason: string; requestedBy: string; byOperator?: boolean },
  ): ReturnType<typeof refundOrder>
  /** Our books of a business day against the list of every provider that has one. */
  reconcile(day: Temporal.PlainDate): Promise<(DayReconciled | Refused)[]>
  /** How many stored methods another key than that of today encrypts. */
  countOldTokens(): Promise<number>
  /** Encrypts those anew, so that the earlier keys are no longer needed. */
  reEncryptTokens(options: ReEncryptOptions): Promise<ReEncrypted>
  /** The same for a provider whose list people bring as a table. */
  reconcileTable(wish: ReconcileTable): ReturnType<typeof reconcileTable>
  /** Charging by a stored method: write the attempt in the caller's transaction, send it after the commit. */
  prepareTokenCharge(tx: Tx, charge: TokenCharge): Promise<Prepared | NotPrepared | Refused>
  sendTokenCharge(attemptId: string): Promise<ChargeResult>
  /** Ends a prepared charge that was not sent, for another to take its place in the same transaction. */
  closeUnsentCharge(
    tx: Tx,
    charge: { orderId: string; attemptId: string; reason: string },
  ): Promise<'closed' | 'in_flight' | 'over'>
  /** Whether a charge by a stored method is not over yet, and if so whether its outcome is unknown. */
  openChargeOf(db: Db | Tx, paymentMethodId: string): Promise<'none' | 'under_way' | 'unknown'>
  /** Whether the provider's breaker refuses charges at the moment. */
  breakerOpen(provider: string): { open: boolean; retryAfterMs: number }
  /** Who is asked by an attempt that was prepared before. */
  providerOfCharge(db: Db | Tx, attemptId: string): Promise<ProviderName>
  /** Those of the methods that can be charged. */
  chargeableMethods(db: Db | Tx, methodIds: readonly string[]): Promise<Map<string, ChargeableMethod>>
  /** Who charges a stored method; undefined when there is none with this id. */
  providerOfMethod(db: Db | Tx, methodId: string): Promise<ProviderName | undefined>
  paymentMethodsOf(db: Db | Tx, ownerId: string): Promise<PaymentMethod[]>
  /** Of these orders those whose money may still move. */
  unsettledOf(db: Db | Tx, orderIds: readonly string[]): Promise<string[]>
  /** Ends a stored method with the caller's commit; the provider is told afterwards. Repeating it changes nothing. */
  requestTokenRevocation(tx: Tx, wish: { paymentMethodId: string; reason: string }): Promise<void>
}

/** While a breaker is open nobody knows when it closes; callers look again after this. */
const BREAKER_LOOK_MS = 2_000

/** Days are compared once; in between this only looks whether one is due. */
const RECONCILE_EVERY_MS = 10 * 60_000

/** Puts the payments context together. */
export function createPayments(deps: PaymentsDeps): Payments {
  const module: Module = {
    name: 'payments',
    schema: paymentsSchema,
    stop: async () => {
      await Promise.all([...deps.providers.values()].map((provider) => provider.stop()))
    },
    problems: paymentProblems,
    routes: (app) => {
      paymentRoutes(deps)(app)
      operatorPaymentRoutes(deps)(app)
      proposalRoutes(deps)(app)
      registrationRoutes(deps)(app)
      reconciliationRoutes(deps)(app)
      settlementTableRoute(deps)(app)
      paymentFiguresRoutes(deps)(app)
      webhookRoutes(deps)(app)
    },
    commands: paymentCommands,
    retention: paymentsRetention(deps.payable),
    handlers: [
      handleCommand(refundCommand, ({ refundId }) => sendRefund(deps, refundId)),
      handleCommand(revokeMethodCommand, ({ methodId }) => revokeMethod(deps, methodId)),
    ],
    sweeps: [
      { name: 'payments.attempts', everyMs: 2_000, run: () => sweepAttempts(deps) },
      { name: 'payments.unknown', everyMs: 2_000, run: (signal) => lookUpAllDue(deps, signal) },
      { name: 'payments.hints', everyMs: 1_000, run: () => followHints(deps) },
      { name: 'payments.registrations', everyMs: 2_000, run: () => sweepRegistrations(deps) },
      {
        name: 'payments.reconcile',
        everyMs: RECONCILE_EVERY_MS,
        run: (signal) => reconcileDue(deps, signal),
      },
      { name: 'payments.refunds', everyMs: 2_000, run: () => sweepRefunds(deps) },
      { name: 'payments.cash_receipts', everyMs: 2_000, run: () => sweepCashReceipts(deps) },
      { name: 'payments.cash_receipts_left', everyMs: 60_000, run: () => takeUpReceipts(deps) },
      { name: 'payments.proposals', everyMs: 2_000, run: () => sweepDeeds(deps) },
      { name: 'payments.revocations', everyMs: 60_000, run: () => sweepRevocations(deps) },
    ],
    metrics: (metrics) => {
      metrics.observe(
        'payments_unknown',
        'Payments whose outcome is unknown',
        async () => (await unknownState(deps)).count,
      )
      metrics.observe(
        'payments_unknown_oldest_seconds',
        'Age of the oldest unknown payment',
        async () => (await unknownState(deps)).oldestSeconds,
      )
      metrics.observe(
        'payments_needing_review',
        'Payments only a person can settle',
        async () => (await unknownState(deps)).review,
      )
      metrics.observe(
        'reconciliation_findings_open',
        'Differences to the providers’ lists nobody has decided',
        () => countOpenFindings(deps.db),
      )
      metrics.observe(
        'settlement_tables_missing',
        'Days whose table of the provider should have been brought by now',
        async () => (await missingTables(deps)).length,
      )
      metrics.observe(
        'settlement_lists_not_had',
        'Days that should have been compared by now and whose list of the provider was not to be had',
        async () => (await listsNotHad(deps)).length,
      )
      metrics.observe(
        'proposals_handed_back',
        'Confirmed decisions about money that were not carried out and that nobody has looked at',
        () => countHandedBack(deps.db, deps.clock.now()),
      )
      metrics.observe('cash_receipts_needing_review', 'Cash receipts only a person can settle', () =>
        receiptsInReview(deps.db),
      )
      metrics.observe('refunds_needing_review', 'Refunds only a person can settle', () =>
        refundsInReview(deps),
      )
    },
  }
  return {
    module,
    pages: paymentsForPages(deps),
    closeOpenAttempt: (tx, orderId, reason) => closeOpenAttempt(deps, tx, orderId, reason),
    refundOrder: (tx, input) => refundOrder(deps, tx, input),
    reconcile: async (day) => {
      const listing = [...deps.providers.values()].filter(({ capabilities }) => capabilities.listsSettled)
      return Promise.all(listing.map((provider) => reconcileDay(deps, provider, day)))
    },
    countOldTokens: () => countOldTokens(deps),
    reEncryptTokens: (options) => reEncryptTokens(deps, options),
    reconcileTable: (wish) => reconcileTable(deps, wish),
    prepareTokenCharge: (tx, charge) => prepareTokenCharge(deps, tx, charge),
    sendTokenCharge: (attemptId) => sendTokenCharge(deps, attemptId),
    closeUnsentCharge: (tx, charge) => closeUnsentCharge(deps, tx, charge),
    openChargeOf,
    chargeableMethods,
    breakerOpen: (name) => {
      const open = [...deps.providers.values()].some(
        (provider) => provider.name === name && provider.breakers().charge === 'open',
      )
      return { open, retryAfterMs: open ? BREAKER_LOOK_MS : 0 }
    },
    providerOfCharge,
    providerOfMethod,
    paymentMethodsOf,
    unsettledOf,
    requestTokenRevocation: (tx, wish) => requestMethodRevocation(deps, tx, wish),
  }
}
