import { describe, expect, it } from 'vitest'
import type { BillingReport, BillingRun } from '../shop/subscriptions/index.ts'
import { reportLines, runJson } from './billing-report.ts'

const at = Temporal.Instant.from('2027-01-30T17:00:00Z')
const run: BillingRun = {
  id: '0198c0de-0000-7000-8000-000000000001',
  date: Temporal.PlainDate.from('2027-01-31'),
  kind: 'scheduled',
  state: 'complete',
  stopReason: null,
  starts: 1,
  startedAt: at,
  finishedAt: at.add({ minutes: 3 }),
  planned: 1_234,
  report: null,
}
const none = { count: 0, amount: 0 }
const report: BillingReport = {
  due: 1_234,
  handled: { count: 1_230, amount: 12_300_000 },
  charged: { count: 1_200, amount: 12_000_000 },
  declined: {
    retry: { count: 20, amount: 200_000 },
    newMethod: { count: 4, amount: 40_000 },
    byReason: [
      { class: 'retryable', code: 'LACK_BALANCE', count: 20, amount: 200_000 },
      { class: 'token_dead', code: '-751', count: 3, amount: 30_000 },
      { class: 'no_method', code: null, count: 1, amount: 10_000 },
    ],
  },
  refusals: [
    { class: 'retryable', code: 'LACK_BALANCE', count: 45, amount: 450_000, paidAfterAll: 5 },
    { class: 'token_dead', code: '-751', count: 3, amount: 30_000, paidAfterAll: 0 },
  ],
  frozen: { unknownOutcome: { count: 2, amount: 20_000 }, invalidRequest: none },
  inFlight: none,
  postponed: none,
  methodBusy: none,
  skipped: { out_of_stock: 3 },
  failed: { tries_used_up: { count: 1, amount: 10_000 } },
  left: 0,
  waiting: 4,
  errors: 0,
}
/** With single spaces, so that columns may be set anew. */
const lines = (some: BillingReport) => reportLines(run, some).map((line) => line.trim().replace(/ +/g, ' '))

describe('the report at the terminal', () => {
  it('tells what was due and what became of it, by reason, with counts and amounts', () => {
    expect(lines(report)).toEqual([
      'Billing run of 2027-01-31: complete',
      'due 1,234',
      'handled 1,230 12,300,000 won',
      'charged 1,200 12,000,000 won',
      'declined, tried again 20 200,000 won',
      'declined, needs new method 4 40,000 won',
      'because of LACK_BALANCE (for now) 20 200,000 won',
      'because of -751 (token dead) 3 30,000 won',
      'because of no payment method 1 10,000 won',
      'outcome unknown, frozen 2 20,000 won',
      'given up: tries_used_up 1 10,000 won',
      'skipped: out_of_stock 3',
      'waiting for another day 4',
      'refusals by the bank, every try',
      'LACK_BALANCE (for now) 45 450,000 won, 5 paid after all',
      '-751 (token dead) 3 30,000 won',
      'Frozen ones are never charged again before it is known what happened: see unknown payments.',
    ])
  })

  it('leaves out what there is nothing of, but not what was due, handled and charged', () => {
    const nothing: BillingReport = {
      ...report,
      due: 0,
      handled: none,
      charged: none,
      declined: { retry: none, newMethod: none, byReason: [] },
      refusals: [],
      frozen: { unknownOutcome: none, invalidRequest: none },
      skipped: {},
      failed: {},
      waiting: 0,
    }
    expect(lines(nothing)).toEqual([
      'Billing run of 2027-01-31: complete',
      'due 0',
      'handled 0 0 won',
      'charged 0 0 won',
    ])
  })

  it('keeps its columns, however long a reason is', () => {
    const long = { class: 'retryable', code: '-782:LACK_BALANCE_OF_THE_METHOD_AND_OF_ITS_LIMIT' } as const
    const byReason = [{ ...long, count: 1, amount: 10_000 }, ...report.declined.byReason]
    const amounts = reportLines(run, { ...report, declined: { ...report.declined, byReason } }).filter(
      (line) => line.includes(' won'),
    )
    expect(new Set(amounts.map((line) => line.indexOf(' won'))).size).toBe(1)
  })

  it('is the same for programs', () => {
    expect(JSON.parse(JSON.stringify(runJson(run, report)))).toMatchObject({
      date: '2027-01-31',
      planned: 1_234,
      finishedAt: '2027-01-30T17:03:00Z',
      report: {
        due: 1_234,
        declined: {
          byReason: [{ class: 'retryable', code: 'LACK_BALANCE', count: 20, amount: 200_000 }, {}, {}],
        },
        refusals: [{ code: 'LACK_BALANCE', count: 45, paidAfterAll: 5 }, {}],
      },
    })
  })
})
