/**
 * Rules of an account's data, as people type it. All broken rules are reported at once, each by its field, in
 * Korean and English. Uniqueness is not decided here but by the database.
 */
import { type FieldError, type Refused, refused, type Text } from '../../platform/refusal.ts'
import {
  KOREAN_PHONE,
  MOBILE_PHONE,
  typedDigits,
  typedLine,
  typedPhone,
} from '../../platform/text/typed-text.ts'

export interface Address {
  city: string
  detail: string
  postalCode: string
}

/** What an account knows of its owner besides the password. */
export interface PersonalData {
  email: string
  displayName: string
  realName: string
  /** Digits only once checked; when typed, with anything usual between them. */
  phone: string
  address: Address
}

export interface SignUp extends PersonalData {
  password: string
}

/** A change of one's own data; what is left out stays. The e-mail address never changes. */
export interface ProfileChange {
  displayName?: string
  realName?: string
  phone?: string
  address?: Address
  newPassword?: string
}

/** Somebody a parcel is sent to, as it stands in an address book. */
export interface Addressee {
  name: string
  /** Any Korean phone; digits only once checked. */
  phone: string
  address: Address
}

interface Rule {
  code: string
  message: Text
  /** The form that is checked and stored. */
  normalise(typed: string): string
  holds(text: string): boolean
}

/** Letters, digits, signs; no blanks, no control characters, nothing that leaves no mark on the screen. */
const VISIBLE = /^(?!\p{M})(?:(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{M}\p{N}\p{P}\p{S}])+$/u
/** What mail programs make a link of. Mails of ours greet by display name; they must not carry a stranger's address. */
const LINK = /[@/]|[\p{L}\p{N}]\.[\p{L}\p{N}]{2}/u
const LINE = /^(?:\u200d|[^\p{C}\p{Zl}\p{Zp}])+$/u
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

function hasLength(text: string, least: number, most: number): boolean {
  const characters = [...text].length
  return characters >= least && characters <= most
}

const email: Rule = {
  code: 'email',
  message: { ko: '올바른 이메일 주소를 입력해 주세요.', en: 'Please enter a valid e-mail address.' },
  normalise: typedLine,
  holds: (text) => text.length <= 254 && text.indexOf('@') <= 64 && EMAIL.test(text),
}

const password: Rule = {
  code: 'password',
  message: {
    ko: '비밀번호는 8~25자이며 글자, 숫자, 특수문자(!@#$%^+=-)를 각각 하나 이상 포함해야 합니다.',
    en: 'The password must have 8 to 25 characters with at least one letter, one digit and one of !@#$%^+=-.',
  },
  normalise: normalisePassword,
  holds: (text) =>
    hasLength(text, 8, 25) &&
    /\p{L}/u.test(text) &&
    /[0-9]/.test(text) &&
    /[!@#$%^+=-]/.test(text) &&
    LINE.test(text),
}

const displayName: Rule = {
  code: 'display_name',
  message: {
    ko: '닉네임은 공백 없이 2~20자로 입력해 주세요. 주소(링크)는 쓸 수 없습니다.',
    en: 'The display name must have 2 to 20 visible characters without spaces, and be no link.',
  },
  normalise: typedLine,
  holds: (text) => hasLength(text, 2, 20) && VISIBLE.test(text) && !LINK.test(text),
}

const realName: Rule = {
  code: 'real_name',
  message: {
    ko: '이름을 50자 이하로 입력해 주세요.',
    en: 'The name must have 1 to 50 characters.',
  },
  normalise: typedLine,
  // Names from elsewhere have several parts.
  holds: (text) => hasLength(text, 1, 50) && text.split(' ').every((part) => VISIBLE.test(part)),
}

const phone: Rule = {
  code: 'phone',
  message: {
    ko: '휴대전화 번호는 010-1234-5678 형식으로 입력해 주세요.',
    en: 'The mobile number must look like 010-1234-5678.',
  },
  normalise: typedPhone,
  holds: (text) => MOBILE_PHONE.test(text),
}

/** Who takes a parcel in need not have an account of their own: a company, a couple, a phone at a desk. */
const addresseeName: Rule = {
  code: 'name',
  message: {
    ko: '받는 분 이름을 입력해 주세요(50자 이하).',
    en: 'Please enter the receiver’s name (up to 50 characters).',
  },
  normalise: typedLine,
  holds: (text) => hasLength(text, 1, 50) && LINE.test(text),
}

const addresseePhone: Rule = {
  code: 'phone',
  message: {
    ko: '연락 가능한 국내 전화번호를 입력해 주세요(예: 010-1234-5678, 02-123-4567, 0507-1234-5678).',
    en: 'Please enter a Korean phone number (e.g. 010-1234-5678, 02-123-4567, 0507-1234-5678).',
  },
  normalise: typedPhone,
  holds: (text) => KOREAN_PHONE.test(text),
}

const city: Rule = {
  code: 'city',
  message: {
    ko: '주소를 입력해 주세요(100자 이하).',
    en: 'Please enter the address (up to 100 characters).',
  },
  normalise: typedLine,
  holds: (text) => hasLength(text, 1, 100) && LINE.test(text),
}

const addressDetail: Rule = {
  code: 'address_detail',
  message: {
    ko: '상세 주소를 입력해 주세요(200자 이하).',
    en: 'Please enter the rest of the address (up to 200 characters).',
  },
  normalise: typedLine,
  holds: (text) => hasLength(text, 1, 200) && LINE.test(text),
}

const postalCode: Rule = {
  code: 'postal_code',
  message: { ko: '우편번호는 숫자 5자리입니다.', en: 'The postal code has five digits.' },
  normalise: typedDigits,
  holds: (text) => /^[0-9]{5}$/.test(text),
}

/** Two keyboards may send the same password in different Unicode forms; all are hashed and compared as NFKC. */
export function normalisePassword(typed: string): string {
  return typed.normalize('NFKC')
}

/** Applies rules and collects what is broken. */
function checker() {
  const errors: FieldError[] = []
  return {
    errors,
    apply(rule: Rule, field: string, typed: string): string {
      const text = rule.normalise(typed)
      if (!rule.holds(text)) errors.push({ field: `body.${field}`, code: rule.code, message: rule.message })
      return text
    },
  }
}

type Apply = ReturnType<typeof checker>['apply']

function checkAddress(apply: Apply, typed: Address): Address {
  return {
    city: apply(city, 'address.city', typed.city),
    detail: apply(addressDetail, 'address.detail', typed.detail),
    postalCode: apply(postalCode, 'address.postalCode', typed.postalCode),
  }
}

/**
 * Checks what somebody typed to sign up and returns it in stored form.
 * @param withPassword whether the account needs a password, because nothing else leads into it
 * Refusals: invalid_request, with one error for every field that breaks its rule.
 */
export function checkSignUp(
  typed: PersonalData & { password?: string },
  withPassword = true,
): { kind: 'valid'; data: PersonalData & { password?: string } } | Refused<'invalid_request'> {
  const { apply, errors } = checker()
  const data = {
    email: apply(email, 'email', typed.email),
    ...(withPassword ? { password: apply(password, 'password', typed.password ?? '') } : {}),
    displayName: apply(displayName, 'displayName', typed.displayName),
    realName: apply(realName, 'realName', typed.realName),
    phone: apply(phone, 'phone', typed.phone),
    address: checkAddress(apply, typed.address),
  }
  return errors.length > 0 ? refused('invalid_request', { errors }) : { kind: 'valid', data }
}

/**
 * Checks a change of one's own data; only the given members are looked at and returned.
 * Refusals: invalid_request, with one error for every field that breaks its rule.
 */
export function checkProfileChange(
  typed: ProfileChange,
): { kind: 'valid'; data: ProfileChange } | Refused<'invalid_request'> {
  const { apply, errors } = checker()
  const data: ProfileChange = {}
  if (typed.displayName !== undefined) data.displayName = apply(displayName, 'displayName', typed.displayName)
  if (typed.realName !== undefined) data.realName = apply(realName, 'realName', typed.realName)
  if (typed.phone !== undefined) data.phone = apply(phone, 'phone', typed.phone)
  if (typed.address !== undefined) data.address = checkAddress(apply, typed.address)
  if (typed.newPassword !== undefined) data.newPassword = apply(password, 'newPassword', typed.newPassword)
  return errors.length > 0 ? refused('invalid_request', { errors }) : { kind: 'valid', data }
}

/**
 * Checks an entry of an address book and returns it in stored form. The rules are those of an order's receiver, so that
 * what was saved can be sent to.
 * Refusals: invalid_request, with one error for every field that breaks its rule.
 */
export function checkAddressee(
  typed: Addressee,
): { kind: 'valid'; addressee: Addressee } | Refused<'invalid_request'> {
  const { apply, errors } = checker()
  const addressee = {
    name: apply(addresseeName, 'name', typed.name),
    phone: apply(addresseePhone, 'phone', typed.phone),
    address: checkAddress(apply, typed.address),
  }
  return errors.length > 0 ? refused('invalid_request', { errors }) : { kind: 'valid', addressee }
}

/** What must be unique among live accounts. */
export type UniqueField = 'email' | 'displayName' | 'phone'

const TAKEN: Readonly<Record<UniqueField, Text>> = {
  email: { ko: '이미 가입한 이메일입니다.', en: 'This e-mail address already has an account.' },
  displayName: { ko: '이미 사용 중인 닉네임입니다.', en: 'This display name is already in use.' },
  phone: { ko: '이미 등록된 연락처입니다.', en: 'This phone number is already registered.' },
}

/** The refusal already_taken, naming each field that another live account holds. */
export function takenRefusal(fields: readonly UniqueField[]): Refused<'already_taken'> {
  return refused('already_taken', {
    errors: fields.map((field) => ({ field: `body.${field}`, code: 'taken', message: TAKEN[field] })),
  })
}
