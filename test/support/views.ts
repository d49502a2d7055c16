import Type, { type Static } from 'typebox'

const orNull = Type.Union([Type.String(), Type.Null()])

/** The parts of the answers that tests look at; the whole of every answer is checked against the document. */
export const Order = Type.Object({
  id: Type.String(),
  orderNumber: Type.String(),
  state: Type.String(),
  lines: Type.Array(
    Type.Object({
      itemId: Type.String(),
      name: Type.String(),
      quantity: Type.Integer(),
      unitPrice: Type.Integer(),
      lineTotal: Type.Integer(),
    }),
  ),
  amounts: Type.Object({
    total: Type.Integer(),
    vat: Type.Integer(),
    originTotal: Type.Integer(),
    discountTotal: Type.Integer(),
    refundedTotal: Type.Integer(),
  }),
  receiver: Type.Object({ phone: Type.String(), deliveryNote: orNull }),
  payment: Type.Union([Type.Object({ attemptId: Type.String() }), Type.Null()]),
  closeReason: orNull,
  refundRequestedAt: orNull,
})
export const OrderList = Type.Object({
  data: Type.Array(Order),
  page: Type.Object({ totalElements: Type.Integer(), totalPages: Type.Integer() }),
})

export const Cart = Type.Object({
  lines: Type.Array(
    Type.Object({
      id: Type.String(),
      itemId: Type.String(),
      quantity: Type.Integer(),
      lineTotal: Type.Union([Type.Integer(), Type.Null()]),
      notices: Type.Array(Type.Object({ code: Type.String() })),
      orderable: Type.Boolean(),
      chosen: Type.Boolean(),
    }),
  ),
  itemCount: Type.Integer(),
  amounts: Type.Union([Type.Object({ total: Type.Integer() }), Type.Null()]),
  problem: orNull,
})
export type Cart = Static<typeof Cart>

export const Payment = Type.Object({
  id: Type.String(),
  orderId: Type.String(),
  state: Type.String(),
  total: Type.Integer(),
  refunded: Type.Integer(),
  redirectUrl: orNull,
  declineCode: orNull,
  refunds: Type.Array(Type.Object({ id: Type.String(), state: Type.String(), amount: Type.Integer() })),
})
export const PaymentList = Type.Object({ data: Type.Array(Payment) })

export const OperatorPayment = Type.Object({
  id: Type.String(),
  state: Type.String(),
  needsReview: Type.Boolean(),
})
export const OperatorPaymentList = Type.Object({ data: Type.Array(OperatorPayment) })

export const Item = Type.Object({
  id: Type.String(),
  name: Type.String(),
  enterprise: Type.String(),
  realPrice: Type.Integer(),
  originPrice: Type.Integer(),
  salesCount: Type.Integer(),
  viewCount: Type.Integer(),
  status: Type.String(),
})
export const ItemList = Type.Object({
  data: Type.Array(Item),
  page: Type.Object({ totalElements: Type.Integer() }),
})
export const ItemDetail = Type.Object({ ...Item.properties, available: Type.Integer() })
export const AdminItem = Type.Object({
  ...Item.properties,
  version: Type.Integer(),
  stock: Type.Object({ onHand: Type.Integer(), held: Type.Integer() }),
})

export const Tokens = Type.Object({ accessToken: Type.String(), refreshToken: Type.String() })
export const Profile = Type.Object({ id: Type.String(), email: Type.String() })
export const DeadLetters = Type.Object({
  data: Type.Array(Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() })),
})
export const Ledger = Type.Object({
  data: Type.Array(Type.Object({ account: Type.String(), balance: Type.Integer() })),
})

export type Order = Static<typeof Order>
export type Payment = Static<typeof Payment>
export type Item = Static<typeof Item>
export type ItemDetail = Static<typeof ItemDetail>
export type AdminItem = Static<typeof AdminItem>
export type Tokens = Static<typeof Tokens>

/** The ways into an account. */
export const WaysIn = Type.Object({
  hasPassword: Type.Boolean(),
  logins: Type.Array(Type.Object({ provider: Type.String() })),
})

/** Where somebody is signed in. */
export const Devices = Type.Object({
  devices: Type.Array(Type.Object({ id: Type.String(), isThis: Type.Boolean() })),
})

export const AddressBook = Type.Object({
  data: Type.Array(
    Type.Object({ id: Type.String(), name: Type.String(), phone: Type.String(), isDefault: Type.Boolean() }),
  ),
})
