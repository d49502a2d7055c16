import { inboxesComplete, loansToldEverything, nothingIsStuck } from './events.ts'
import { dashboardMatchesLoans, everyLoanSettled, lateFeesOnce, limitsKept, returnsAddUp } from './loans.ts'
import {
  copiesAddUp,
  noCopyLentTwice,
  queueIsServed,
  returnsRaiseStockOnce,
  stockMatchesLoans,
} from './stock.ts'
import type { Rule, Situation, Violation } from './violation.ts'
import {
  acknowledgedAccountsStand,
  acknowledgedHoldsStand,
  acknowledgedLoansStand,
  acknowledgedPaymentsStand,
  acknowledgedReturnsStand,
  noLoanUnasked,
  oneKeyOneEffect,
  scannedCopiesStand,
} from './words.ts'

/** Everything that must hold after any crash, by the name shown to people. */
export const RULES: Readonly<Record<string, Rule>> = {
  'copies in every place = copies owned': copiesAddUp,
  'stock taken = copies of loans': stockMatchesLoans,
  'each return raised stock once': returnsRaiseStockOnce,
  'no copy lent to two readers': noCopyLentTwice,
  'the queue is served': queueIsServed,
  'every loan granted or compensated': everyLoanSettled,
  'returns add up': returnsAddUp,
  'each late fee once, by the bands': lateFeesOnce,
  'limits of readers kept at every step': limitsKept,
  'dashboard = loans': dashboardMatchesLoans,
  'outboxes empty, nothing parked': nothingIsStuck,
  'every loan told all its events': loansToldEverything,
  'every subscriber took every event once': inboxesComplete,
  'acknowledged loans stand': acknowledgedLoansStand,
  'acknowledged returns stand': acknowledgedReturnsStand,
  'copies the machine scanned are lent or back': scannedCopiesStand,
  'acknowledged holds stand': acknowledgedHoldsStand,
  'acknowledged payments stand': acknowledgedPaymentsStand,
  'acknowledged accounts stand': acknowledgedAccountsStand,
  'one key, one effect, also when repeated': oneKeyOneEffect,
  'no loan nobody was told of': noLoanUnasked,
}

/** Applies every rule. @returns the violations of each, by the rule's name; all lists empty when all is well */
export function verifyLibrary(situation: Situation): ReadonlyMap<string, Violation[]> {
  return new Map(Object.entries(RULES).map(([name, rule]) => [name, rule(situation)]))
}
