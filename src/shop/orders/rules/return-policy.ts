/**
 * Until when what arrived may be sent back, and who pays for that. The days are law (전자상거래 등에서의 소비자보호에 관한
 * 법률 art. 17): seven days without any reason, three months when the goods are not as agreed. They are counted from the
 * delivery of the last part of an order, or from the day its contract was told in writing where that is later
 * ({@link periodBegins}). Days are counted as the Civil Code does (민법 art. 157, 161): not the first day itself, and a last
 * day that is a Saturday or a holiday passes on to the next working day.
 */
import { type Won, ZERO_WON } from '../../../platform/money.ts'
import { koreanHolidays } from '../../../platform/time/korean-holidays.ts'

export const RETURN_KINDS = ['return', 'exchange'] as const
export type ReturnKind = (typeof RETURN_KINDS)[number]

export const RETURN_REASONS = [
  'changed_mind',
  'defective',
  'damaged',
  'wrong_item',
  'not_as_described',
] as const
export type ReturnReason = (typeof RETURN_REASONS)[number]

/** Art. 17 (1). */
const WITHDRAWAL = { days: 7 }
/** Art. 17 (3): from delivery. (Within thirty days of noticing, which only the customer knows.) */
const NOT_AS_AGREED = { months: 3 }

/** What the merchant has settled. */
export interface ReturnPolicy {
  /** What is kept of the refund when the customer pays for the parcel back, in won. */
  returnFee: Won
  /** For both parcels of an exchange; settled before it is sent (`exchange-fee.ts`), not kept of a refund. In won. */
  exchangeFee: Won
}

/** Parcels cost nothing. */
export const FREE_RETURNS: ReturnPolicy = { returnFee: ZERO_WON, exchangeFee: ZERO_WON }

/** Who changes their mind pays the parcel (art. 18 (9)); what is not as agreed is at the cost of the merchant (10). */
export function payerOf(reason: ReturnReason): 'customer' | 'merchant' {
  return reason === 'changed_mind' ? 'customer' : 'merchant'
}

/** What is asked of the customer for the parcels, in won. */
export function parcelFeeOf(policy: ReturnPolicy, kind: ReturnKind, reason: ReturnReason): Won {
  if (payerOf(reason) === 'merchant') return ZERO_WON
  return kind === 'return' ? policy.returnFee : policy.exchangeFee
}

/**
 * The day from which the time is counted (art. 17 (1) no. 1): when the customer was told of the contract in writing, which
 * is when it was paid; where the goods came later, when they had come. Days in Seoul.
 */
export function periodBegins(contract: Temporal.PlainDate, lastPart: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(contract, lastPart) > 0 ? contract : lastPart
}

/** The last day on which something may be asked back for a reason. @param from see {@link periodBegins} */
export function lastDayFor(reason: ReturnReason, from: Temporal.PlainDate): Temporal.PlainDate {
  return workingDay(from.add(reason === 'changed_mind' ? WITHDRAWAL : NOT_AS_AGREED))
}

function workingDay(day: Temporal.PlainDate): Temporal.PlainDate {
  let last = day
  while (last.dayOfWeek > 5 || koreanHolidays(last.year).has(last.toString())) last = last.add({ days: 1 })
  return last
}
