/** Who gets the parcel: the rules are those of an account's own address, with a note for the driver. */
import { type FieldError, type Refused, refused, type Text } from '../../../platform/refusal.ts'
import { KOREAN_PHONE, typedDigits, typedLine, typedPhone } from '../../../platform/text/typed-text.ts'

export interface Receiver {
  name: string
  /** Digits only once checked; when typed, with anything usual between them. */
  phone: string
  address: { city: string; detail: string; postalCode: string }
  deliveryNote: string | null
}

/** As a customer typed it. */
export type TypedReceiver = Omit<Receiver, 'deliveryNote'> & { deliveryNote?: string | null | undefined }

interface Rule {
  code: string
  message: Text
  pattern: RegExp
  /** In characters as people count them (code points). */
  most: number
}

/** One line: no control or unassigned characters; the joiner of joined pictures is left by the cleaning. */
const LINE = /^(?:\u200d|[^\p{C}\p{Zl}\p{Zp}])+$/u

const NAME: Rule = {
  code: 'name',
  message: {
    ko: '받는 분 이름을 입력해 주세요(50자 이하).',
    en: 'Please enter the receiver’s name (up to 50 characters).',
  },
  pattern: LINE,
  most: 50,
}
const PHONE: Rule = {
  code: 'phone',
  message: {
    ko: '연락 가능한 국내 전화번호를 입력해 주세요(예: 010-1234-5678, 02-123-4567, 0507-1234-5678).',
    en: 'Please enter a Korean phone number (e.g. 010-1234-5678, 02-123-4567, 0507-1234-5678).',
  },
  pattern: KOREAN_PHONE,
  most: 12,
}
const CITY: Rule = {
  code: 'city',
  message: {
    ko: '주소를 입력해 주세요(100자 이하).',
    en: 'Please enter the address (up to 100 characters).',
  },
  pattern: LINE,
  most: 100,
}
const DETAIL: Rule = {
  code: 'address_detail',
  message: {
    ko: '상세 주소를 입력해 주세요(200자 이하).',
    en: 'Please enter the rest of the address (up to 200 characters).',
  },
  pattern: LINE,
  most: 200,
}
const POSTAL_CODE: Rule = {
  code: 'postal_code',
  message: { ko: '우편번호는 숫자 5자리입니다.', en: 'The postal code has five digits.' },
  pattern: /^[0-9]{5}$/,
  most: 5,
}
const DELIVERY_NOTE: Rule = {
  code: 'delivery_note',
  message: {
    ko: '배송 메모는 200자 이하의 한 줄로 입력해 주세요.',
    en: 'The delivery note must be one line of up to 200 characters.',
  },
  pattern: LINE,
  most: 200,
}

/**
 * Checks a receiver and returns it as it is stored: cleaned of what pasting brings along, phone in digits, an empty
 * note as null.
 * Refusals: invalid_request, with one error for every field that breaks its rule.
 */
export function checkReceiver(
  typed: TypedReceiver,
): { kind: 'valid'; receiver: Receiver } | Refused<'invalid_request'> {
  const errors: FieldError[] = []
  const check = (rule: Rule, field: string, value: string, cleaned = typedLine): string => {
    const text = cleaned(value)
    if (!rule.pattern.test(text) || [...text].length > rule.most) {
      errors.push({ field: `body.receiver.${field}`, code: rule.code, message: rule.message })
    }
    return text
  }
  const note = typedLine(typed.deliveryNote ?? '') || null
  const receiver: Receiver = {
    name: check(NAME, 'name', typed.name),
    phone: check(PHONE, 'phone', typed.phone, typedPhone),
    address: {
      city: check(CITY, 'address.city', typed.address.city),
      detail: check(DETAIL, 'address.detail', typed.address.detail),
      postalCode: check(POSTAL_CODE, 'address.postalCode', typed.address.postalCode, typedDigits),
    },
    deliveryNote: note === null ? null : check(DELIVERY_NOTE, 'deliveryNote', note),
  }
  return errors.length > 0 ? refused('invalid_request', { errors }) : { kind: 'valid', receiver }
}
