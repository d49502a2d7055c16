import {
  acknowledgedAccountsStand,
  acknowledgedOrdersStand,
  acknowledgedPaymentsStand,
  acknowledgedRefundsStand,
  oneOrderPerKey,
} from './acknowledged.ts'
import { cartOrdersAreTheirLines, cartsKeepWhatIsUnpaid } from './carts.ts'
import { inboxIsComplete, nothingIsStuck, ordersToldEverything } from './events.ts'
import {
  chargesMatchAttempts,
  ledgerMatchesBank,
  oneChargePerOrder,
  ordersMatchBank,
  refundsMatch,
} from './money.ts'
import { couponsAddUp, partsAreRefunds, subscriptionsArePaidLines, taxesMatchBank } from './parts.ts'
import { receiptsMatchBank } from './receipts.ts'
import { holdsMatchWaitingOrders, salesCountsAreExact, stockMatchesSales } from './stock.ts'
import type { Rule, Situation, Violation } from './violation.ts'

/** Everything that must hold after any crash, by the name shown to people. */
export const RULES: Readonly<Record<string, Rule>> = {
  'payments = charges of the bank': chargesMatchAttempts,
  'no order charged twice': oneChargePerOrder,
  'refunds = refunds of the bank': refundsMatch,
  'orders = money at the bank': ordersMatchBank,
  'ledger = bank': ledgerMatchesBank,
  'parts of orders = refunds of payments': partsAreRefunds,
  'tax-free parts = those of the bank': taxesMatchBank,
  'cash receipts = those of the bank': receiptsMatchBank,
  'coupons = orders that stand with them': couponsAddUp,
  'subscriptions = recurring lines that were paid': subscriptionsArePaidLines,
  'carts = put in − paid': cartsKeepWhatIsUnpaid,
  'orders of carts = their lines': cartOrdersAreTheirLines,
  'stock = initial − sold': stockMatchesSales,
  'held = what waiting orders want': holdsMatchWaitingOrders,
  'sales counts exact': salesCountsAreExact,
  'every event delivered, none parked': nothingIsStuck,
  'every order told all its events': ordersToldEverything,
  'every subscriber saw every event': inboxIsComplete,
  'acknowledged orders stand': acknowledgedOrdersStand,
  'acknowledged payments stand': acknowledgedPaymentsStand,
  'acknowledged refunds stand': acknowledgedRefundsStand,
  'acknowledged accounts stand': acknowledgedAccountsStand,
  'one key, one order': oneOrderPerKey,
}

/** Applies every rule. @returns the violations of each, by the rule's name; all lists empty when all is well */
export function verify(situation: Situation): ReadonlyMap<string, Violation[]> {
  return new Map(Object.entries(RULES).map(([name, rule]) => [name, rule(situation)]))
}
