import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { lastDayFor, parcelFeeOf, payerOf, periodBegins, RETURN_REASONS } from './return-policy.ts'

const day = (text: string) => Temporal.PlainDate.from(text)

describe('until when something may be sent back', () => {
  it.each([
    // The day of delivery does not count: 2 December, a Wednesday, and seven days.
    ['changed_mind', '2026-12-02', '2026-12-09'],
    // A Saturday passes on to Monday.
    ['changed_mind', '2026-12-05', '2026-12-14'],
    // Christmas on a Friday, then the weekend.
    ['changed_mind', '2026-12-18', '2026-12-28'],
    // The three days of the lunar new year of 2027 begin on Saturday; with their substitute they end on Tuesday.
    ['changed_mind', '2027-01-30', '2027-02-10'],
    ['defective', '2026-12-02', '2027-03-02'],
    // There is no 30 February.
    ['wrong_item', '2026-11-30', '2027-03-02'],
  ] as const)('%s of what arrived on %s: %s', (reason, delivered, last) => {
    expect(lastDayFor(reason, day(delivered)).toString()).toBe(last)
  })
})

describe('from when the time is counted', () => {
  it('is when the goods had come, or when the contract was told, if that was later', () => {
    expect(periodBegins(day('2026-12-01'), day('2026-12-03')).toString()).toBe('2026-12-03')
    expect(periodBegins(day('2026-12-04'), day('2026-12-03')).toString()).toBe('2026-12-04')
  })
})

describe('who pays the parcel', () => {
  const policy = { returnFee: won(3_000), exchangeFee: won(6_000) }

  it('is the customer only when they changed their mind', () => {
    const payers = RETURN_REASONS.map((reason) => [reason, payerOf(reason)])
    expect(payers.filter(([, payer]) => payer === 'customer')).toEqual([['changed_mind', 'customer']])
    expect(parcelFeeOf(policy, 'return', 'changed_mind')).toBe(3_000)
    expect(parcelFeeOf(policy, 'exchange', 'changed_mind')).toBe(6_000)
    expect(parcelFeeOf(policy, 'exchange', 'damaged')).toBe(0)
  })
})
