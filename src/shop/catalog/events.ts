import Type from 'typebox'
import { defineTopic } from '../../platform/broadcast/broadcast.ts'
import { defineEvent } from '../../platform/events/event.ts'

/** Subject = item id, subject version = the item row's `version`. */
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

/** Some items have changed: kept lists of them are out of date. */
export const itemsChanged = defineTopic('catalog.items-changed', Type.Object({}))
