/**
 * What a customer who changed their mind pays for both parcels of an exchange. It is kept of no refund, and comes past the
 * shop: the merchant says once how it was settled, and sends the other piece only then.
 */
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Approved, Received, ReturnRequest } from './return-request.ts'

/** By bank transfer, in the parcel that came back, or not at all. */
export const FEE_SETTLEMENTS = ['transfer', 'enclosed', 'waived'] as const
export type FeeSettlement = (typeof FEE_SETTLEMENTS)[number]

/** How it was settled. What is waived says why; nothing else does. */
type FeeWish = { how: 'transfer' | 'enclosed' } | { how: 'waived'; why: string }
export type SettledFee = FeeWish & { at: Temporal.Instant; by: string }

/** Whether the customer owes it still. */
export function owesFee({ kind, parcelFee, fee }: ReturnRequest): boolean {
  return kind === 'exchange' && parcelFee > 0 && fee === null
}

/**
 * What a merchant says of it. Refusal: invalid_request (waived without a reason, or a reason for what was paid).
 * @param why given for `waived` only
 */
export function feeWish(how: FeeSettlement, why: string | undefined): FeeWish | Refused<'invalid_request'> {
  if (how === 'waived') return why === undefined ? refused('invalid_request') : { how, why }
  return why === undefined ? { how } : refused('invalid_request')
}

/**
 * It is settled: of an exchange that was approved, until it ends, and once.
 * Refusals: return_not_in_state, exchange_fee_settled (nothing is owed: nothing was, or it was settled before).
 */
export function settleFee(
  request: ReturnRequest,
  fee: SettledFee,
): Approved | Received | Refused<'return_not_in_state' | 'exchange_fee_settled'> {
  if (request.state !== 'approved' && request.state !== 'received')
    return refused('return_not_in_state', { facts: { state: request.state } })
  return owesFee(request) ? { ...request, fee } : refused('exchange_fee_settled')
}
