import Type, { type Static } from 'typebox'
import { type Answer, expectBody } from './api.ts'
import type { Person } from './people.ts'
import type { System } from './system.ts'

const orNull = Type.Union([Type.String(), Type.Null()])

/** The parts of a registration that tests look at. */
export const Registration = Type.Object({
  id: Type.String(),
  state: Type.String(),
  redirectUrl: orNull,
  paymentMethodId: orNull,
  declineCode: orNull,
})
export type Registration = Static<typeof Registration>

export function askRegistration(person: Person): Promise<Answer> {
  return person.api.post('/api/payment-methods/registrations', { key: true, json: { provider: 'kakaopay' } })
}

export async function beginRegistration(person: Person): Promise<Registration> {
  return expectBody(await askRegistration(person), 201, Registration)
}

/** The whole way: page of the bank, back to the shop. @returns the id of the new method */
export async function registerMethod(system: System, person: Person): Promise<string> {
  const begun = await beginRegistration(person)
  const back = await system.bank.press(begun.redirectUrl, 'approve')
  const registered = expectBody(await system.api().get(back ?? ''), 200, Registration)
  if (registered.paymentMethodId === null) throw new Error(`the registration is ${registered.state}`)
  return registered.paymentMethodId
}
