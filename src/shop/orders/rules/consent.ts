/** What a customer agrees to before being charged again and again. Data: another text is another version. */
import { type Refused, refused, type Text } from '../../../platform/refusal.ts'
import type { RecurringConsent } from './order.ts'

export interface ConsentText {
  /** Stored with the order and the subscription; never used for another text. */
  version: string
  text: Text
}

/** Who charges (전자상거래법 art. 13 (2)); what is not known is left out of the text. */
export interface Seller {
  readonly name: string
  readonly representative?: string
  /** 사업자등록번호 */
  readonly registration?: string
  /** 통신판매업 신고번호 */
  readonly mailOrder?: string
  readonly address?: string
  readonly phone?: string
  readonly email?: string
}

/** What the merchant promises about recurring payments, as far as the text names it. */
export interface RecurringTerms {
  seller: Seller
  /** How many days before a charge the customer is told of it. */
  noticeDays: number
  /** Whole percent off the price of what comes again, every time; 0: none. */
  discountPercent: number
  /** Until when a charge can be changed: this time in Seoul, so many days before it (1 or more). */
  cutOff: { readonly daysBefore: number; readonly time: Temporal.PlainTime }
  /** Tries after a refusal: at once, and later ones with the hours between them. */
  retries: { immediate: number; later: number; hoursBetween: number }
}

export const DEFAULT_RECURRING_TERMS: RecurringTerms = {
  seller: { name: 'Pillivery' },
  noticeDays: 3,
  discountPercent: 0,
  cutOff: { daysBefore: 1, time: Temporal.PlainTime.from('18:00') },
  retries: { immediate: 1, later: 3, hoursBetween: 24 },
}

/** Changes with every change of the sentences below. */
const WORDING = '2026-12-01'

/**
 * The text in force under these terms. Terms of one's own and who charges are part of its version, so no version has two
 * texts: whoever agreed to be charged by one seller has not agreed to be charged by another.
 */
export function consentTo(terms: RecurringTerms): ConsentText {
  const own = keyOf(terms)
  const settled = own === keyOf(DEFAULT_RECURRING_TERMS) ? [] : [own]
  const version = [WORDING, ...settled, `s${markOf(sellerText(terms.seller, SELLER.ko))}`].join('.')
  return { version, text: { ko: korean(terms).join('\n'), en: english(terms).join('\n') } }
}

/** E.g. `n3.c1-1800.r1-3-24`. */
function keyOf({
  noticeDays,
  discountPercent,
  cutOff,
  retries: { immediate, later, hoursBetween },
}: RecurringTerms): string {
  const time = clockTime(cutOff.time).replace(':', '')
  // Without later tries nobody waits any hours.
  return `n${noticeDays}.c${cutOff.daysBefore}-${time}.r${immediate}-${later}${later > 0 ? `-${hoursBetween}` : ''}${discountPercent > 0 ? `.d${discountPercent}` : ''}`
}

const SELLER: Readonly<Record<'ko' | 'en', Readonly<Record<keyof Seller, string>>>> = {
  ko: {
    name: '상호',
    representative: '대표자',
    registration: '사업자등록번호',
    mailOrder: '통신판매업 신고번호',
    address: '주소',
    phone: '전화번호',
    email: '이메일',
  },
  en: {
    name: 'name',
    representative: 'representative',
    registration: 'business registration number',
    mailOrder: 'mail-order business report number',
    address: 'address',
    phone: 'telephone',
    email: 'e-mail',
  },
}

function sellerText(seller: Seller, called: Readonly<Record<keyof Seller, string>>): string {
  return (Object.keys(called) as (keyof Seller)[])
    .flatMap((part) => (seller[part] ? [`${called[part]} ${seller[part]}`] : []))
    .join(', ')
}

/** Eight hexadecimal digits that another text hardly shares (FNV-1a); `keepConsentText` sees it if one does. */
function markOf(text: string): string {
  const mark = new TextEncoder()
    .encode(text)
    .reduce((state, byte) => Math.imul(state ^ byte, 0x01000193), 0x811c9dc5)
  return (mark >>> 0).toString(16).padStart(8, '0')
}

function korean({ seller, noticeDays, discountPercent, cutOff, retries }: RecurringTerms): string[] {
  const { immediate, later, hoursBetween } = retries
  const day = cutOff.daysBefore === 1 ? '결제일 전날' : `결제일 ${cutOff.daysBefore}일 전`
  const tries = [
    ...(immediate > 0 ? [`바로 ${['', '한', '두', '세'][immediate] ?? immediate} 번`] : []),
    ...(later > 0 ? [`이후 ${hoursBetween}시간마다 최대 ${later}번`] : []),
  ].join(', ')
  return [
    '정기결제·정기배송 이용에 동의합니다.',
    `결제 대금을 청구하는 판매자: ${sellerText(seller, SELLER.ko)}`,
    '선택한 주기마다 같은 상품을 배송하고, 등록한 결제수단으로 주문 금액(상품 금액 × 수량, 부가세 포함)을 자동으로 결제합니다.',
    ...(discountPercent > 0
      ? [
          `상품 금액은 구독을 시작할 때의 판매가에서 ${discountPercent}% 할인한 가격이며, 첫 결제와 이후 모든 회차에 적용됩니다.`,
        ]
      : []),
    `결제일 ${noticeDays}일 전에 결제 예정 금액과 날짜를 알려 드립니다. 알림이 늦어지면 결제도 그만큼 늦춥니다. 가격이 바뀌면 먼저 알려 드리고, 동의하신 뒤에만 새 가격으로 결제합니다.`,
    `${day} ${koreanTime(cutOff.time)}까지 건너뛰기, 일시 중지, 수량·주기·배송지 변경을 할 수 있고, 해지는 언제든지 할 수 있습니다. 해지하면 등록한 결제수단은 더 이상 쓰이지 않으면 삭제됩니다.`,
    tries === ''
      ? '결제에 실패하면 정기배송이 해지됩니다.'
      : `결제에 실패하면 ${tries} 다시 시도하며, 그래도 실패하면 정기배송이 해지됩니다.`,
  ]
}

function english({ seller, noticeDays, discountPercent, cutOff, retries }: RecurringTerms): string[] {
  const { immediate, later, hoursBetween } = retries
  const tries = [
    ...(immediate > 0 ? [`${timesInWords(immediate)} at once`] : []),
    ...(later > 0
      ? [`every ${hours(hoursBetween)} up to ${later === 1 ? 'one time' : timesInWords(later)}`]
      : []),
  ].join(' and then ')
  const notice = daysInWords(noticeDays)
  const day = cutOff.daysBefore === 1 ? 'on the day' : daysInWords(cutOff.daysBefore)
  return [
    'I agree to recurring payment and delivery.',
    `The seller who charges me: ${sellerText(seller, SELLER.en)}`,
    'In every period I chose, the same item is delivered and the amount of the order (unit price × quantity, VAT included) is charged automatically to my stored payment method.',
    ...(discountPercent > 0
      ? [
          `The unit price is ${discountPercent}% below the price at which the item is sold when the subscription begins, for the first and every later charge.`,
        ]
      : []),
    `${notice.charAt(0).toUpperCase()}${notice.slice(1)} before each charge I am told the amount and the date; a charge I am told of later than that is made as much later. A new price is announced first and charged only after I have accepted it.`,
    `Until ${clockTime(cutOff.time)} (Seoul) ${day} before a charge I can skip, pause, or change quantity, period and address; I can cancel at any time. After cancelling, a stored payment method that is no longer needed is deleted.`,
    tries === ''
      ? 'A charge that fails ends the subscription.'
      : `A charge that fails is tried again ${tries}; if it still fails, the subscription ends.`,
  ]
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven']

function daysInWords(days: number): string {
  return `${NUMBERS[days] ?? days} ${days === 1 ? 'day' : 'days'}`
}

function timesInWords(times: number): string {
  if (times === 1) return 'once'
  return times === 2 ? 'twice' : `${NUMBERS[times] ?? times} times`
}

function hours(count: number): string {
  return count === 1 ? 'hour' : `${count} hours`
}

/** `18:00`. */
function clockTime(time: Temporal.PlainTime): string {
  return time.toString({ smallestUnit: 'minute' })
}

/** `오후 6시`, `오전 0시 30분`. */
function koreanTime({ hour, minute }: Temporal.PlainTime): string {
  const half = hour < 12 ? '오전' : '오후'
  const shown = hour > 12 ? hour - 12 : hour
  return `${half} ${shown}시${minute === 0 ? '' : ` ${minute}분`}`
}

/**
 * Checks that the customer agreed to the text in force. Without recurring lines no consent is needed, and none is kept.
 * Refusals: consent_required (missing, or of another version; `facts.version` is the one to agree to).
 */
export function checkConsent(
  terms: RecurringTerms,
  hasRecurringLines: boolean,
  given: { version: string } | undefined,
  now: Temporal.Instant,
): { kind: 'agreed'; consent: RecurringConsent | null } | Refused<'consent_required'> {
  if (!hasRecurringLines) return { kind: 'agreed', consent: null }
  const { version } = consentTo(terms)
  if (given?.version !== version) return refused('consent_required', { facts: { version } })
  return { kind: 'agreed', consent: { version, at: now } }
}
