import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'

/** What happens to what customers send back. Subject = return id, subject version = the request row's `version`. */

const Id = Type.String({ minLength: 1 })

export const returnChanged = defineEvent(
  'shop.return.changed',
  1,
  Type.Object(
    {
      returnId: Id,
      orderId: Id,
      customerId: Id,
      kind: Type.Enum(['return', 'exchange']),
      state: Type.Enum([
        'requested',
        'approved',
        'refused',
        'cancelled',
        'received',
        'refunding',
        'refunded',
        'exchanged',
      ]),
      lines: Type.Array(
        Type.Object({
          lineNo: Type.Integer({ minimum: 1 }),
          itemId: Id,
          quantity: Type.Integer({ minimum: 1 }),
        }),
      ),
      /** What is kept of the refund for the parcel, in won. */
      parcelFee: Type.Integer({ minimum: 0 }),
      reason: Type.Union([Type.String(), Type.Null()]),
      carrier: Type.Union([Type.String(), Type.Null()]),
      trackingNumber: Type.Union([Type.String(), Type.Null()]),
      at: Type.String({ description: 'RFC 3339' }),
    },
    {
      description:
        'A request came to a new state. `reason` of a refusal is told to the customer as it is; `carrier` and `trackingNumber` are those of the other piece of an exchange. Money that went back is told by `shop.order.refunded`, too.',
    },
  ),
)
