/** Who gets the parcel: the rules are those of an account's own address, with a note for the driver. */
import { type FieldError, type Refused, refused, type Text } from '../../../platform/refusal.ts'

export interface Receiver {
  name: string
  /** Digits only once checked; with or without dashes when typed. */
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

/** One line: no control, format, unassigned or line-breaking characters. */
const LINE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u

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
    ko: '휴대전화 번호는 010-1234-5678 형식으로 입력해 주세요.',
    en: 'The mobile number must look like 010-1234-5678.',
  },
  pattern: /^01[016789]-?\d{3,4}-?\d{4}$/,
  most: 13,
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
 * Checks a receiver and returns it as it is stored: trimmed, phone in digits, an empty note as null.
 * Refusals: invalid_request, with one error for every field that breaks its rule.
 */
export function checkReceiver(typed: TypedReceiver): { kind: 'valid'; receiver: Receiver } | Refused {
  const errors: FieldError[] = []
  const check = (rule: Rule, field: string, value: string): string => {
    const text = value.normalize('NFC').trim()
    if (!rule.pattern.test(text) || [...text].length > rule.most) {
      errors.push({ field: `body.receiver.${field}`, code: rule.code, message: rule.message })
    }
    return text
  }
  const note = typed.deliveryNote?.trim() ? typed.deliveryNote : null
  const receiver: Receiver = {
    name: check(NAME, 'name', typed.name),
    phone: check(PHONE, 'phone', typed.phone).replaceAll('-', ''),
    address: {
      city: check(CITY, 'address.city', typed.address.city),
      detail: check(DETAIL, 'address.detail', typed.address.detail),
      postalCode: check(POSTAL_CODE, 'address.postalCode', typed.address.postalCode),
    },
    deliveryNote: note === null ? null : check(DELIVERY_NOTE, 'deliveryNote', note),
  }
  return errors.length > 0 ? refused('invalid_request', { errors }) : { kind: 'valid', receiver }
}
