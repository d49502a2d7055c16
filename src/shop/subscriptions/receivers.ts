/** The receiver of a parcel in the words of orders, and in those of subscriptions. */
import type { Receiver as OrderReceiver } from '../orders/index.ts'
import type { Receiver } from './rules/subscription.ts'

/** As a subscription keeps it: flat, an empty note for none. */
export function fromOrder({ name, phone, address, deliveryNote }: OrderReceiver): Receiver {
  const { city, detail, postalCode } = address
  return { name, phone, city, addressDetail: detail, postalCode, deliveryNote: deliveryNote ?? '' }
}

/** As the order of a cycle gets it. */
export function toOrder(receiver: Receiver): OrderReceiver {
  const { name, phone, city, addressDetail, postalCode, deliveryNote } = receiver
  const address = { city, detail: addressDetail, postalCode }
  return { name, phone, address, deliveryNote: deliveryNote === '' ? null : deliveryNote }
}

/** What is left of a receiver when the customer's account has gone. */
export const NOBODY: Receiver = {
  name: '',
  phone: '',
  city: '',
  addressDetail: '',
  postalCode: '',
  deliveryNote: '',
}
