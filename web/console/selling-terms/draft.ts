import type { AnswerOf, InputOf } from '../api/call.ts'

export type Published = AnswerOf<'GET /api/admin/selling-terms'>['data'][number]
export type Terms = InputOf<'PUT /api/admin/selling-terms'>['body']['terms']

/** The numbers, in the order in which they are asked for; each with the most it may be. */
export const MOST = {
  deliveryFee: 1_000_000,
  freeFrom: 2_000_000_000,
  returnFee: 1_000_000,
  exchangeFee: 1_000_000,
  recurringDiscount: 50,
} as const
export type TermName = keyof typeof MOST
export const NAMES = ['deliveryFee', 'freeFrom', 'returnFee', 'exchangeFee', 'recurringDiscount'] as const

/** Terms that are being written, as their fields have them. */
export type Draft = Readonly<Record<TermName, string>>

export function draftOf(terms: Terms): Draft {
  const text = (name: TermName) => String(terms[name])
  return {
    deliveryFee: text('deliveryFee'),
    freeFrom: text('freeFrom'),
    returnFee: text('returnFee'),
    exchangeFee: text('exchangeFee'),
    recurringDiscount: text('recurringDiscount'),
  }
}

export function termsOf(draft: Draft): Terms {
  const number = (name: TermName) => Number(draft[name])
  return {
    deliveryFee: number('deliveryFee'),
    freeFrom: number('freeFrom'),
    returnFee: number('returnFee'),
    exchangeFee: number('exchangeFee'),
    recurringDiscount: number('recurringDiscount'),
  }
}

/** What a field for a moment in Seoul says, as an instant; empty: undefined. */
export const momentOf = (text: string): string | undefined =>
  text === '' ? undefined : new Date(`${text}+09:00`).toISOString()

/** Versions to come that never hold once others do from this moment on; undefined: in a minute. */
export const fallingAway = (versions: readonly Published[], from: string | undefined): readonly Published[] =>
  versions.filter(
    ({ state, validFrom }) =>
      state === 'planned' &&
      validFrom !== null &&
      (from === undefined || Date.parse(validFrom) >= Date.parse(from)),
  )
