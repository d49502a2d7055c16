import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'

/** What the catalogue of the shop tells. Subject = item id, subject version = the item row's `version`. */
export const itemChanged = defineEvent(
  'shop.catalog.item-changed',
  1,
  Type.Object({
    itemId: Type.String({ minLength: 1 }),
    name: Type.String(),
    enterprise: Type.String(),
    status: Type.Enum(['on_sale', 'sold_out', 'hidden']),
    originPrice: Type.Integer({ minimum: 0, description: 'Won' }),
    discountPermille: Type.Integer({ minimum: 0, maximum: 1000 }),
    realPrice: Type.Integer({ minimum: 0, description: 'Won' }),
    /** What of it is new. */
    changed: Type.Array(Type.Enum(['text', 'price', 'status', 'picture', 'stock'])),
  }),
)
