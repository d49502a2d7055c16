import { won } from '../../../platform/money.ts'
import type { OpeningCalendar } from '../../../platform/time/opening-calendar.ts'
import { activateLoan, type PendingLoan } from './loan.ts'
import type { LendingPolicy } from './policy.ts'

const band = (fromDay: number, fee: number) => ({ fromDay, fee: won(fee) })
export const BANDS = [band(1, 500), band(8, 1_000), band(15, 2_000)]

export const POLICY: LendingPolicy = {
  loanDays: 14,
  copiesPerPatron: { child: 5, adult: 10, staff: 20 },
  renewals: 2,
  lostAfterDays: 60,
  replacementPerCopy: won(20_000),
  refundFoundWithinDays: 180,
  pendingMinutes: 1_440,
  lateFee: { mode: 'flat', bands: BANDS },
}

export const ALWAYS_OPEN: OpeningCalendar = {
  closedWeekdays: [],
  closedOnHolidays: false,
  closedDates: new Set(),
}

/** 12:00 in Seoul on 1 November 2026. */
export const START = Temporal.Instant.from('2026-11-01T03:00:00Z')

/** Four copies, due on 15 November. */
export const pendingLoan = (more: Partial<PendingLoan> = {}): PendingLoan => ({
  id: 'loan',
  patronId: 'patron',
  bookId: 'book',
  title: null,
  quantity: 4,
  state: 'pending',
  version: 1,
  borrowedAt: START,
  dueOn: Temporal.PlainDate.from('2026-11-15'),
  dueVersion: 1,
  renewals: 0,
  policy: { id: 'lending', version: 1 },
  settleBy: START.add({ hours: 24 }),
  ...more,
})

export const activeLoan = () => activateLoan(pendingLoan(), '토지')
