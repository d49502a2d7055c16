import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'

const orNull = Type.Union([Type.String(), Type.Null()])

/** The parts of a registration that customers look at here. */
const Registration = Type.Object({
  id: Type.String(),
  state: Type.String(),
  redirectUrl: orNull,
  paymentMethodId: orNull,
})
export type RegistrationView = Static<typeof Registration>

export function asRegistration(body: unknown): RegistrationView | undefined {
  return Value.Check(Registration, body) ? body : undefined
}
