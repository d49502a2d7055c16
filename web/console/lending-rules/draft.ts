import type { AnswerOf, InputOf } from '../api/call.ts'

export type Published = AnswerOf<'GET /api/loans/policies'>['data'][number]
export type Rules = InputOf<'PUT /api/loans/policy'>['body']['rules']

/** Whole numbers of the rules, in the order in which they are asked for; each with the most it may be. */
export const NUMBERS = {
  adult: 1_000,
  child: 1_000,
  staff: 1_000,
  loanDays: 365,
  renewals: 100,
  remindDaysBefore: 30,
  lostAfterDays: 3_650,
  replacementPerCopy: 10_000_000,
  refundFoundWithinDays: 3_650,
  pendingMinutes: 43_200,
} as const
type NumberName = keyof typeof NUMBERS
export const NAMES = Object.keys(NUMBERS) as readonly NumberName[]

/** Those that make no sense as nothing. */
const AT_LEAST_ONE: readonly NumberName[] = ['loanDays', 'lostAfterDays', 'pendingMinutes']
export const leastOf = (name: NumberName): number => (AT_LEAST_ONE.includes(name) ? 1 : 0)

export interface DraftBand {
  readonly id: number
  readonly fromDay: string
  readonly fee: string
}

/** Rules that are being written; numbers as their fields have them. */
export interface Draft {
  readonly numbers: Readonly<Record<NumberName, string>>
  readonly mode: Rules['lateFee']['mode']
  readonly bands: readonly DraftBand[]
  readonly cap: string
}

/** What holds where the rules do not say it. */
const REMIND_DAYS = 2

/** Published rules as they are written on. */
export function draftOf({ lateFee, copiesPerPatron, remindDaysBefore, ...rules }: Rules): Draft {
  const numbers = { ...copiesPerPatron, ...rules, remindDaysBefore: remindDaysBefore ?? REMIND_DAYS }
  const text = (name: NumberName) => String(numbers[name])
  return {
    numbers: {
      adult: text('adult'),
      child: text('child'),
      staff: text('staff'),
      loanDays: text('loanDays'),
      renewals: text('renewals'),
      remindDaysBefore: text('remindDaysBefore'),
      lostAfterDays: text('lostAfterDays'),
      replacementPerCopy: text('replacementPerCopy'),
      refundFoundWithinDays: text('refundFoundWithinDays'),
      pendingMinutes: text('pendingMinutes'),
    },
    mode: lateFee.mode,
    bands: lateFee.bands.map(({ fromDay, fee }, id) => ({ id, fromDay: String(fromDay), fee: String(fee) })),
    cap: lateFee.cap === undefined ? '' : String(lateFee.cap),
  }
}

/**
 * Versions to come that are never in force once others are published.
 * @param from the day from which those are in force; empty: from now on
 */
export const fallingAway = (versions: readonly Published[], from: string): readonly Published[] =>
  versions.filter(
    ({ state, inForceOn }) =>
      state === 'planned' && (from === '' || (inForceOn !== null && inForceOn >= from)),
  )

/** What is sent of it; whether it is sound is for the server to say. */
export function rulesOf({ numbers, mode, bands, cap }: Draft): Rules {
  const number = (name: NumberName) => Number(numbers[name])
  return {
    loanDays: number('loanDays'),
    copiesPerPatron: { adult: number('adult'), child: number('child'), staff: number('staff') },
    renewals: number('renewals'),
    remindDaysBefore: number('remindDaysBefore'),
    lostAfterDays: number('lostAfterDays'),
    replacementPerCopy: number('replacementPerCopy'),
    refundFoundWithinDays: number('refundFoundWithinDays'),
    pendingMinutes: number('pendingMinutes'),
    lateFee: {
      mode,
      bands: bands.map(({ fromDay, fee }) => ({ fromDay: Number(fromDay), fee: Number(fee) })),
      ...(mode === 'marginal' && cap !== '' ? { cap: Number(cap) } : {}),
    },
  }
}
