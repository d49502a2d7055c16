import type { Tx } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { handle } from '../../platform/jobs/commands.ts'
import type { Module } from '../../platform/module.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { PaymentsDeps } from './deps.ts'
import { executeRefund } from './execute-refund.ts'
import { LOOK_DELAYS_SECONDS } from './look.ts'
import { operatorPaymentRoutes } from './operator-routes.ts'
import { closeOpenAttempt, requestFullRefund } from './port.ts'
import { paymentProblems } from './problems.ts'
import { type RefundRequested, refundCommand } from './request-refund.ts'
import { resolveUnknown, unknownState } from './resolve.ts'
import { paymentRoutes } from './routes.ts'
import { sweepAttempts } from './sweep.ts'
import { sweepRefunds } from './sweep-refunds.ts'

export type { PaymentSettings, PaymentsDeps } from './deps.ts'
export { paymentEnded, paymentNeedsReview, paymentRefunded, paymentSucceeded } from './events.ts'
export type { PaidNotice, Payable, PayableOrder, RefundableOrder, RefundNotice } from './payable.ts'
export type { PaymentProvider, ProviderName } from './provider.ts'
export { createKakaoPay } from './providers/kakaopay.ts'
export { LOOK_DELAYS_SECONDS, refundCommand }

export const paymentsSchema: SchemaMigrations = {
  schema: 'payments',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Payments {
  module: Module
  closeOpenAttempt(tx: Tx, orderId: string, reason: string): Promise<'closed' | 'none' | 'in_flight'>
  requestFullRefund(
    tx: Tx,
    input: { orderId: string; reason: string; requestedBy: string },
  ): Promise<RefundRequested | Refused>
}

/** Puts the payments context together. */
export function createPayments(deps: PaymentsDeps): Payments {
  const module: Module = {
    name: 'payments',
    schema: paymentsSchema,
    problems: paymentProblems,
    routes: (app) => {
      paymentRoutes(deps)(app)
      operatorPaymentRoutes(deps)(app)
    },
    commands: [refundCommand],
    handlers: [handle(refundCommand, ({ refundId }) => executeRefund(deps, refundId))],
    sweeps: [
      { name: 'payments.attempts', everyMs: 2_000, run: () => sweepAttempts(deps) },
      { name: 'payments.unknown', everyMs: 2_000, run: () => resolveUnknown(deps) },
      { name: 'payments.refunds', everyMs: 2_000, run: () => sweepRefunds(deps) },
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
    },
  }
  return {
    module,
    closeOpenAttempt: (tx, orderId, reason) => closeOpenAttempt(deps, tx, orderId, reason),
    requestFullRefund: (tx, input) => requestFullRefund(deps, tx, input),
  }
}
