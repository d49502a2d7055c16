import Type from 'typebox'

const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description })
const wonOrNull = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })

export const ProviderSchema = Type.Enum(['kakaopay', 'toss'])
export const DaySchema = Type.String({
  format: 'date',
  pattern: '^20',
  description: 'Business day in Seoul',
})
export const CountSchema = Type.Integer({ minimum: 0 })

/** What is here or there only, or with another amount. */
export const DifferenceSchema = Type.Object({
  kind: Type.Enum(['missing_here', 'missing_there', 'other_amount']),
  movement: Type.Enum(['charge', 'refund']),
  key: Type.String({ description: 'The provider’s id of it' }),
  providerRef: orNull('The provider’s id of the payment'),
  merchantRef: orNull('Our reference as the provider has it'),
  paymentId: orNull('Our payment, when it is one of ours'),
  here: wonOrNull('In our books, in won'),
  there: wonOrNull('In the provider’s list, in won'),
})
