import Type, { type Static } from 'typebox'
import { Uuid } from '../../../platform/http/app.ts'
import { orNull, PeriodSchema, WonAmount } from '../../../platform/http/schemas.ts'
import type { CartView } from '../view-cart.ts'

const NoticeSchema = Type.Object({
  code: Type.Unsafe<CartView['lines'][number]['notices'][number]['code']>({
    type: 'string',
    enum: ['price_changed', 'sold_out', 'not_enough_stock', 'no_longer_sold', 'period_not_offered'],
  }),
  from: Type.Optional(WonAmount('price_changed: what one piece cost when the line was last touched')),
  to: Type.Optional(WonAmount('price_changed: what it costs now')),
  available: Type.Optional(Type.Integer({ description: 'not_enough_stock: free pieces' })),
})

const ItemSchema = Type.Object({
  name: Type.String(),
  enterprise: Type.String(),
  thumbnail: orNull(Type.String()),
  status: Type.Unsafe<'on_sale' | 'sold_out' | 'hidden'>({
    type: 'string',
    enum: ['on_sale', 'sold_out', 'hidden'],
  }),
  available: Type.Integer({ description: 'Free pieces' }),
  originUnitPrice: WonAmount('Price of one piece before the discount'),
  discountUnitPrice: WonAmount('Discount on one piece'),
  unitPrice: WonAmount('Price of one piece'),
})

const LineSchema = Type.Object({
  id: Uuid,
  itemId: Uuid,
  quantity: Type.Integer({ minimum: 1, maximum: 99 }),
  subscription: orNull(PeriodSchema, 'Null when bought once'),
  item: orNull(ItemSchema, 'As it is sold now'),
  lineTotal: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'Price of the line in won; null when it cannot be ordered',
  }),
  notices: Type.Array(NoticeSchema, {
    description: 'What has changed; all but price_changed stand in the way',
  }),
  orderable: Type.Boolean(),
  chosen: Type.Boolean({ description: 'Whether it counts in the amounts' }),
})

const AmountsSchema = Type.Object({
  originTotal: WonAmount('Before discounts'),
  discountTotal: WonAmount('Discounts'),
  deliveryFee: WonAmount('Delivery'),
  total: WonAmount('What an order of the chosen lines costs now'),
})

/** A cart as its owner sees it. */
export const CartSchema = Type.Object({
  lines: Type.Array(LineSchema, { description: 'In the order in which they were added' }),
  itemCount: Type.Integer({ description: 'Pieces of the chosen lines' }),
  amounts: orNull(AmountsSchema, 'Of the chosen lines'),
  delivery: Type.Object({
    fee: WonAmount('What sending an order costs'),
    freeFrom: WonAmount(
      'Orders of at least so much, after discounts, are sent free, as recurring ones always are',
    ),
    missingForFree: WonAmount(
      'What is missing until the chosen lines are sent free; 0 when they are, or none is chosen',
    ),
  }),
  problem: Type.Unsafe<CartView['problem']>({
    type: ['string', 'null'],
    enum: ['nothing_chosen', 'mixed_periods', 'too_many_lines', 'order_total_too_large', null],
    description: 'Why the chosen lines cannot be one order as they are',
  }),
  mixedItemIds: Type.Array(Uuid, {
    description: 'mixed_periods: items chosen both once and recurring, or in two periods; order them apart',
  }),
})

/** The public form of a cart: it is the view itself. */
export function cartJson(view: CartView): Static<typeof CartSchema> {
  return view
}
