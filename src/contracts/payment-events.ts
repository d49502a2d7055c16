import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'

/**
 * What payments tell the rest of the shop. This file imports no context, so that any of them may subscribe without a
 * circle.
 */

const Id = Type.String({ minLength: 1 })

/** A customer registered a payment method without paying. Subject = the registration, whose id the method has. */
export const paymentMethodRegistered = defineEvent(
  'shop.payment-method.registered',
  1,
  Type.Object({ paymentMethodId: Id, customerId: Id, provider: Type.String() }),
)
