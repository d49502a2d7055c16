/** Lending: loans, returns, fees, and the rules they are made under. */
import type { Db } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { Module } from '../../platform/module.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { OpeningCalendar } from '../../platform/time/opening-calendar.ts'
import { deskRoutes } from './http/desk-routes.ts'
import { type LendingForPages, lendingForPages } from './http/for-pages.ts'
import { loanRoutes } from './http/loan-routes.ts'
import { openingRoutes } from './http/opening-routes.ts'
import { policyRoutes } from './http/policy-routes.ts'
import { scanRoutes } from './http/scan-routes.ts'
import { terminalRoutes } from './http/terminal-routes.ts'
import { giveUpLongOverdue, markOverdue } from './jobs/mark-overdue.ts'
import { remindDue } from './jobs/remind-due.ts'
import { cancelUnanswered } from './lending/cancel-loan.ts'
import { keepFirstOpening } from './lending/first-opening.ts'
import { patronsSubscriber } from './lending/hear-accounts.ts'
import { lendingSubscriber } from './lending/hear-others.ts'
import { pendingLoans } from './lending/pending-loans.ts'
import { borrowProblems } from './problems.ts'
import { type DemoLoan, seedDemoLoans } from './samples/seed-loans.ts'
import type { SelfCheckPort } from './self-check-port.ts'
import { createSelfCheck, type SelfCheckSettings } from './sip/self-check.ts'
import { forgetSettledRefusals } from './sip/terminals/offline-refusals.ts'
import type { StockPort } from './stock-port.ts'

export type { LendingGuide } from './lending/lending-guide.ts'
export type { LoanView } from './lending/loan-view.ts'
export { borrowProblems } from './problems.ts'
export type { StockKnown } from './rules/borrowing.ts'
export type { DemoLoan } from './samples/seed-loans.ts'
export type { CopyKnown, HoldKnown, SelfCheckPort } from './self-check-port.ts'
export { type AskStock, guardedStock, type StockPort, type StockQuestion } from './stock-port.ts'

export const borrowSchema: SchemaMigrations = {
  schema: 'borrow',
  folder: new URL('./migrations/', import.meta.url),
}

export interface LendingParts {
  db: Db
  clock: Clock
  log: Logger
  calendar: OpeningCalendar
  stock: StockPort
}

export interface Lending {
  module: Module
  /** Tells of loans that are due soon; the module does it every minute. @returns how many */
  remindDue(): Promise<number>
  /** Marks loans overdue; the module does it every minute. @returns how many */
  markOverdue(): Promise<number>
  /** Gives up what is late for too long; the module does it every minute. @returns how many loans */
  giveUpLongOverdue(): Promise<number>
  /** Gives up loans the catalogue did not answer; the module does it every minute. @returns how many */
  cancelUnanswered(): Promise<number>
  /** What readers do in a browser. */
  pages: LendingForPages
  /** The door for self-check machines, which speak SIP2; a module of its own, since not every process opens it. */
  selfCheck(others: SelfCheckPort, settings: SelfCheckSettings): Module
  /** Loans of the past for the demo, unless there are loans. */
  seedDemo(loans: readonly DemoLoan[]): Promise<void>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Lending of one process. */
export function createLending(deps: LendingParts): Lending {
  const remind = () => remindDue(deps)
  const overdue = () => markOverdue(deps)
  const givenUp = () => giveUpLongOverdue(deps)
  const unanswered = () => cancelUnanswered(deps)
  return {
    remindDue: remind,
    markOverdue: overdue,
    giveUpLongOverdue: givenUp,
    cancelUnanswered: unanswered,
    pages: lendingForPages(deps),
    selfCheck: (others, settings) => createSelfCheck({ ...deps, others, settings }).module,
    seedDemo: (loans) => seedDemoLoans(deps, loans),
    module: {
      name: 'borrow',
      schema: borrowSchema,
      prepare: () => keepFirstOpening(deps),
      problems: borrowProblems,
      routes: (app) => {
        loanRoutes(app, deps)
        deskRoutes(app, deps)
        scanRoutes(app, deps)
        terminalRoutes(app, deps)
        policyRoutes(app, deps)
        openingRoutes(app, deps)
      },
      subscribers: [lendingSubscriber(deps), patronsSubscriber(deps)],
      sweeps: [
        { name: 'borrow.remind-due', everyMs: MINUTE_MS, run: remind },
        { name: 'borrow.mark-overdue', everyMs: MINUTE_MS, run: overdue },
        { name: 'borrow.give-up', everyMs: MINUTE_MS, run: givenUp },
        {
          name: 'borrow.forget-offline-refusals',
          everyMs: HOUR_MS,
          run: () => forgetSettledRefusals(deps),
        },
        { name: 'borrow.cancel-unanswered', everyMs: MINUTE_MS, run: unanswered },
      ],
      metrics: (metrics) => {
        metrics.observe(
          'loans_pending',
          'Loans the catalogue has not answered yet',
          async () => (await pendingLoans(deps)).loans,
        )
        metrics.observe(
          'loans_pending_oldest_seconds',
          'Age of the oldest of them',
          async () => (await pendingLoans(deps)).oldestSeconds,
        )
      },
    },
  }
}
