import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { won, ZERO_WON } from '../../../platform/money.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { askRelease, type Loan, passDueDate, settleCancel } from './loan.ts'
import { findLost, giveBackCopies, giveUpCopies, isGivenUp } from './returning.ts'
import { activeLoan, POLICY, pendingLoan, START } from './rules.fixture.ts'

const at = (text: string) => Temporal.Instant.from(text)
const back = (loan: Loan, copies: number, effective: string, now = effective) =>
  giveBackCopies(loan, { copies, effectiveAt: at(effective), now: at(now), dayOf: businessDate }, POLICY)

const hostTimeZone = process.env.TZ
afterEach(() => {
  if (hostTimeZone === undefined) delete process.env.TZ
  else process.env.TZ = hostTimeZone
})

describe('a return', () => {
  it.each([
    ['2026-11-15T14:59:59Z', 0, 0],
    ['2026-11-15T14:59:59.999Z', 0, 0],
    ['2026-11-15T15:00:00Z', 1, 500],
    ['2026-11-22T03:00:00Z', 7, 500],
    ['2026-11-23T03:00:00Z', 8, 1_000],
    ['2026-11-29T03:00:00Z', 14, 1_000],
    ['2026-11-30T03:00:00Z', 15, 2_000],
  ])('at %s is %i days late and costs %i won', (instant, late, fee) => {
    expect(back(activeLoan(), 3, instant)).toMatchObject({
      late,
      fee,
      loan: { state: 'active', lateFees: fee },
    })
    expect(back(passDueDate(activeLoan()), 4, instant)).toMatchObject({
      late,
      fee,
      loan: { state: 'returned' },
    })
  })

  const days = { 0: 0, 1: 500, 7: 500, 8: 1_000, 14: 1_000, 15: 2_000 }
  it.each(['UTC', 'Asia/Seoul', 'America/New_York'])(
    'costs the same at any hour, on a host in %s',
    (zone) => {
      process.env.TZ = zone
      for (const [late, fee] of Object.entries(days).map(([late, fee]) => [Number(late), fee] as const)) {
        for (const time of ['00:00', '08:59', '23:59']) {
          const day = Temporal.PlainDate.from('2026-11-15').add({ days: late })
          const instant = Temporal.Instant.from(`${day}T${time}+09:00`).toString()
          expect(back(activeLoan(), 1, instant), `${day} ${time}`).toMatchObject({ late, fee })
        }
      }
    },
  )

  it('is refused of a loan that does not run, of too many copies, before the loan and ahead of now', () => {
    const cancelling = askRelease(pendingLoan(), 'patron')
    const now = '2026-11-10T03:00:00Z'
    expect(back(pendingLoan(), 1, now)).toMatchObject({ code: 'loan_pending' })
    expect(back(cancelling, 1, now)).toMatchObject({ code: 'loan_not_active' })
    expect(back(settleCancel(cancelling, START), 1, now)).toMatchObject({ code: 'loan_not_active' })
    expect(back(activeLoan(), 5, now)).toMatchObject({ code: 'too_many_copies', facts: { out: 4 } })
    expect(back(activeLoan(), 1, '2026-10-31T14:59:59Z', now)).toMatchObject({ code: 'effective_at_invalid' })
    expect(back(activeLoan(), 1, '2026-11-10T03:00:01Z', now)).toMatchObject({ code: 'effective_at_invalid' })
    // Any hour of the day of the loan will do.
    expect(back(activeLoan(), 1, '2026-10-31T15:00:00Z', now)).toMatchObject({ kind: 'returned' })
  })

  it('in parts adds up: never more copies than were borrowed, one fee for each return', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(40)), { maxLength: 8 }),
        (steps) => {
          let loan: Loan = activeLoan()
          let returned = 0
          let fees = 0
          for (const [copies, days] of steps) {
            const result = back(loan, copies, START.add({ hours: 24 * days }).toString())
            if (result.kind === 'refused') continue
            loan = result.loan
            returned += copies
            fees += result.fee
            expect(loan).toMatchObject({ returned, lateFees: fees })
          }
          expect(returned).toBeLessThanOrEqual(4)
          expect(loan.state === 'returned').toBe(returned === 4)
        },
      ),
    )
  })
})

describe('copies given up', () => {
  const lost = () => {
    const result = giveUpCopies(passDueDate(activeLoan()), POLICY, at('2027-01-14T03:00:00Z'))
    if (result.kind === 'refused') throw new Error(result.code)
    return result
  }

  it('cost their replacement and no late fee', () => {
    expect(lost()).toMatchObject({ copies: 4, loan: { state: 'lost', replacement: 80_000, lateFees: 0 } })
    expect(back(lost().loan, 1, '2027-01-15T03:00:00Z')).toMatchObject({ code: 'loan_lost' })
    expect(giveUpCopies(pendingLoan(), POLICY, START)).toMatchObject({ code: 'loan_pending' })
  })

  it('are so after sixty days', () => {
    const overdue = passDueDate(activeLoan())
    expect(isGivenUp(overdue, POLICY, Temporal.PlainDate.from('2027-01-13'))).toBe(false)
    expect(isGivenUp(overdue, POLICY, Temporal.PlainDate.from('2027-01-14'))).toBe(true)
  })

  it('give the replacement back when found in time, and nothing later', () => {
    const { loan } = lost()
    const inTime = loan.lostAt.add({ hours: 180 * 24 })
    expect(findLost(loan, POLICY, inTime, won(80_000))).toMatchObject({
      copies: 4,
      refund: 80_000,
      loan: { state: 'returned' },
    })
    expect(findLost(loan, POLICY, inTime.add({ seconds: 1 }), won(80_000))).toMatchObject({ refund: 0 })
    expect(findLost(activeLoan(), POLICY, START, ZERO_WON)).toMatchObject({ code: 'loan_not_lost' })
  })
  it('give back nothing that was waived', () => {
    const { loan } = lost()
    expect(findLost(loan, POLICY, loan.lostAt, won(30_000))).toMatchObject({ refund: 30_000 })
    expect(findLost(loan, POLICY, loan.lostAt, ZERO_WON)).toMatchObject({
      refund: 0,
      loan: { state: 'returned' },
    })
  })
})
