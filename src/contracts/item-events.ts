import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Id, Money } from './values.ts'

/** What the catalogue of the shop tells. Subject = item id, subject version = the item row's `version`. */
export const itemChanged = defineEvent(
  'shop.catalog.item-changed',
  1,
  Type.Object(
    {
      itemId: Id,
      name: Type.String(),
      enterprise: Type.String(),
      status: Type.Enum(['on_sale', 'sold_out', 'hidden']),
      originPrice: Money,
      discountPermille: Type.Integer({ minimum: 0, maximum: 1000 }),
      realPrice: Money,
      /** What of it is new. */
      changed: Type.Array(Type.Enum(['text', 'price', 'status', 'picture', 'stock'])),
    },
    {
      description: 'What customers see of an item changed; `changed` says what of it is new.',
    },
  ),
)
