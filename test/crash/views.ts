import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** The parts of the shop's answers that customers look at here. */
const Order = Type.Object({
  id: Type.String(),
  state: Type.String(),
  refundRequestedAt: Type.Union([Type.String(), Type.Null()]),
  amounts: Type.Object({ total: Type.Integer() }),
})
const Payment = Type.Object({
  id: Type.String(),
  orderId: Type.String(),
  state: Type.String(),
  redirectUrl: Type.Union([Type.String(), Type.Null()]),
  refunds: Type.Array(Type.Object({ id: Type.String(), state: Type.String() })),
})
const Cart = Type.Object({
  lines: Type.Array(
    Type.Object({
      id: Type.String(),
      itemId: Type.String(),
      quantity: Type.Integer(),
      subscription: Type.Union([Type.Object({}), Type.Null()]),
      orderable: Type.Boolean(),
      chosen: Type.Boolean(),
    }),
  ),
  amounts: Type.Union([Type.Object({ total: Type.Integer() }), Type.Null()]),
})
const Consent = Type.Object({ version: Type.String() })
const Return = Type.Object({ id: Type.String() })
const Tokens = Type.Object({ accessToken: Type.String(), refreshToken: Type.String() })
const Problem = Type.Object({ code: Type.String() })

export type OrderView = Static<typeof Order>
export type PaymentView = Static<typeof Payment>
export type CartView = Static<typeof Cart>
export type TokensView = Static<typeof Tokens>

const reader =
  <S extends TSchema>(schema: S) =>
  (body: unknown): Static<S> | undefined =>
    Value.Check(schema, body) ? body : undefined

export const asOrder = reader(Order)
export const asPayment = reader(Payment)
export const asCart = reader(Cart)
export const asConsent = reader(Consent)
export const asReturn = reader(Return)
export const asTokens = reader(Tokens)

/** The stable code of a problem document, or '' for any other body. */
export function problemCode(body: unknown): string {
  return Value.Check(Problem, body) ? body.code : ''
}

const TotalRefused = Type.Object({ currentTotal: Type.Integer() })

/** What an order would cost now that was refused for another total, or undefined. */
export function currentTotal(body: unknown): number | undefined {
  return Value.Check(TotalRefused, body) ? body.currentTotal : undefined
}

const ReturnRefused = Type.Object({ state: Type.String() })

/** The state a return is said to be in where a step was refused because of it, or ''. */
export function returnState(body: unknown): string {
  return Value.Check(ReturnRefused, body) ? body.state : ''
}
