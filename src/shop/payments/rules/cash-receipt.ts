/** Cash receipts (현금영수증): who gets one, for how much, and what a look-up says about one in doubt. */
import { subtract, type Won, won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { MOBILE_PHONE, typedPhone } from '../../../platform/text/typed-text.ts'
import type { Declined, Invalid, ProviderPayment } from '../provider.ts'
import type { ProviderReceipt, ReceiptLookup, ReceiptUse } from '../provider-receipts.ts'

export const RECEIPT_STATES = [
  'asked',
  'not_due',
  'by_provider',
  'due',
  'sent',
  'unknown',
  'settled',
  'refused',
  'given_up',
] as const
export type ReceiptState = (typeof RECEIPT_STATES)[number]

/** What a customer asks for: to whom it is issued, and what it is good for. */
export interface ReceiptWish {
  use: ReceiptUse
  /** Digits only once checked; when typed, with anything usual between them. */
  number: string
}

const MESSAGES = {
  deduction: {
    ko: '현금영수증을 받을 휴대전화 번호를 입력해 주세요(예: 010-1234-5678).',
    en: 'Please enter the mobile phone number the cash receipt is for (e.g. 010-1234-5678).',
  },
  expenditure: {
    ko: '사업자등록번호 10자리를 확인해 주세요(예: 123-45-67891).',
    en: 'Please check the ten digits of the business number (e.g. 123-45-67891).',
  },
} as const

/**
 * Checks what a customer asks for and returns it as it is kept, in digits.
 * Refusals: invalid_request, for the field `body.cashReceipt.number`.
 */
export function checkReceiptWish({
  use,
  number: typed,
}: ReceiptWish): { kind: 'valid'; wish: ReceiptWish } | Refused<'invalid_request'> {
  const number = typedPhone(typed)
  const isRight = use === 'deduction' ? MOBILE_PHONE.test(number) : isBusinessNumber(number)
  if (isRight) return { kind: 'valid', wish: { use, number } }
  const error = { field: 'body.cashReceipt.number', code: 'cash_receipt_number', message: MESSAGES[use] }
  return refused('invalid_request', { errors: [error] })
}

const WEIGHTS = [1, 3, 7, 1, 3, 7, 1, 3, 5]

/** Ten digits, of which the last one checks the others (국세청 사업자등록번호 검증). */
export function isBusinessNumber(number: string): boolean {
  if (!/^\d{10}$/.test(number)) return false
  const digits = [...number].map(Number)
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * (digits[at] ?? 0), 0)
  const carried = Math.floor(((digits[8] ?? 0) * 5) / 10)
  return (10 - ((sum + carried) % 10)) % 10 === digits[9]
}

/** A number as people are shown it: enough to recognise one's own. */
export function maskedNumber({ use, number }: ReceiptWish): string {
  const end = number.slice(-4)
  return use === 'deduction' ? `${number.slice(0, 3)}-****-${end}` : `${number.slice(0, 3)}-**-*${end}`
}

/**
 * From this amount on a mail-order seller issues one without being asked (소득세법 제162조의3, 의무발행업종), to the tax
 * office's own number when nobody was named; customers can claim it there.
 */
export const SELF_ISSUE_FROM: Won = won(100_000)
export const SELF_ISSUE: ReceiptWish = { use: 'deduction', number: '0100001234' }

export type ReceiptDue =
  | { kind: 'not_due' }
  | { kind: 'by_provider' }
  /** `own`: as the customer asked; `self_issued`: because the law wants it. */
  | { kind: 'own' }
  | { kind: 'self_issued' }
  /** A person has to find out how it was paid. */
  | { kind: 'to_check' }
  | { kind: 'nothing' }

/** What a payment that was just made means for its cash receipt. */
export function receiptDue(
  by: ProviderPayment['cashReceiptBy'],
  { total, isAsked }: { total: Won; isAsked: boolean },
): ReceiptDue {
  if (by === 'provider') return { kind: 'by_provider' }
  if (by === 'nobody') return { kind: isAsked ? 'not_due' : 'nothing' }
  if (by === 'unknown') return { kind: isAsked || total >= SELF_ISSUE_FROM ? 'to_check' : 'nothing' }
  if (isAsked) return { kind: 'own' }
  return { kind: total >= SELF_ISSUE_FROM ? 'self_issued' : 'nothing' }
}

export type ReceiptDeed = { kind: 'issue' | 'cancel'; amount: Won }

/** What has to be done at the provider; undefined: nothing, it stands for what it should. */
export function nextDeed({
  target,
  standing,
  isIssued,
}: {
  target: Won
  standing: Won
  isIssued: boolean
}): ReceiptDeed | undefined {
  if (!isIssued) return target > 0 ? { kind: 'issue', amount: target } : undefined
  return standing > target ? { kind: 'cancel', amount: subtract(standing, target) } : undefined
}

/** What a receipt stands for once the deed is done. */
export function standingAfter(standing: Won, { kind, amount }: ReceiptDeed): Won {
  return kind === 'issue' ? amount : subtract(standing, amount)
}

const HOUR = 3_600
/** What was refused for now (a limit of the day, too many at once) is asked for again after these, in seconds. */
const REFUSED_DELAYS_SECONDS = [600, HOUR, 6 * HOUR, 24 * HOUR, 24 * HOUR]

/** When a deed is sent anew that was surely not done; undefined: a person has to look. */
export function sentAnewIn(outcome: Declined | Invalid, refusals: number): number | undefined {
  return outcome.kind === 'declined' && outcome.retry === 'retryable'
    ? REFUSED_DELAYS_SECONDS[refusals]
    : undefined
}

/** Seen so often as "not done", a deed is sent again, under its own number. */
export const NOT_SEEN_TIMES = 3
/** A provider that could not be reached is asked again after this; the look does not count. */
const NOT_ASKED_SECONDS = 30

export type ReceiptLook =
  | { kind: 'done'; receipt: ProviderReceipt }
  | { kind: 'send_again' }
  | { kind: 'ask_again'; delaySeconds: number }
  | { kind: 'look_again'; delaySeconds: number; notSeen: number }
  /** `isSure`: the deed was surely not done, and is over. */
  | { kind: 'refused'; code: string; message: string; isSure: boolean }

/** Decides what a look-up says about a deed whose outcome is unknown. */
export function decideReceiptLook(
  found: ReceiptLookup,
  state: {
    deed: ReceiptDeed
    standing: Won
    /** Look-ups made, with this one. */
    looks: number
    notSeen: number
  },
  delaysSeconds: readonly number[],
): ReceiptLook {
  const { deed, standing, looks } = state
  if (found.kind === 'not_asked') return { kind: 'ask_again', delaySeconds: NOT_ASKED_SECONDS }
  if (found.kind === 'failed')
    return { kind: 'refused', code: found.code, message: found.message, isSure: true }
  if (found.kind === 'found' && found.standing === standingAfter(standing, deed))
    return { kind: 'done', receipt: found.receipt }
  const isUntouched =
    deed.kind === 'issue' ? found.kind === 'not_found' : found.kind === 'found' && found.standing === standing
  if (found.kind === 'found' && !isUntouched) {
    const message = `stands for ${found.standing} won`
    return { kind: 'refused', code: 'unexpected_amount', message, isSure: false }
  }
  const notSeen = state.notSeen + (isUntouched ? 1 : 0)
  const delaySeconds = delaysSeconds[looks]
  // The looks of all sendings count together, so what the provider keeps losing comes to a person.
  if (notSeen >= NOT_SEEN_TIMES && delaySeconds !== undefined) return { kind: 'send_again' }
  return delaySeconds === undefined
    ? { kind: 'refused', code: 'stays_unknown', message: 'look-ups could not settle it', isSure: false }
    : { kind: 'look_again', delaySeconds, notSeen }
}
