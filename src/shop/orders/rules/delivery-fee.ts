/** What sending an order costs the customer. The policy is the merchant's, as data. */
import { type Won, ZERO_WON } from '../../../platform/money.ts'

export interface DeliveryPolicy {
  /** For one order, VAT included, in won. */
  readonly fee: Won
  /** Orders whose goods cost at least so much after discounts are delivered free. */
  readonly freeFrom: Won
}

/** Delivery is free. */
export const FREE_DELIVERY: DeliveryPolicy = { fee: ZERO_WON, freeFrom: ZERO_WON }

/** What the fee depends on. */
export interface Parcel {
  /** Goods after discounts, in won. */
  goods: Won
  /** Whether a line of it comes again: what comes again is always delivered free, the first time as every other time. */
  recurring: boolean
}

/** Nothing to send costs nothing. */
export function deliveryFee({ fee, freeFrom }: DeliveryPolicy, { goods, recurring }: Parcel): Won {
  return goods === 0 || recurring || goods >= freeFrom ? ZERO_WON : fee
}
