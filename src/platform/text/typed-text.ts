/**
 * Text as people type and paste it: from messengers, spreadsheets and other pages it brings invisible marks, tabs,
 * line breaks and letters of full width along. What can be understood is cleaned, not refused.
 */

/** A zero-width joiner between two pictures makes one of them (👩‍⚕️); everywhere else it is an invisible mark. */
const LOOSE_JOINER =
  /(?<!\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu
/** Characters that leave no mark on the screen: soft hyphens, directions, zero-width blanks, byte order marks. */
const INVISIBLE = /[\p{Cf}\u115f\u1160\u3164\uffa0](?<!\u200d)/gu

/** Drops what leaves no mark on the screen, and keeps joined pictures joined. */
export function withoutInvisible(text: string): string {
  return text.replace(LOOSE_JOINER, '').replace(INVISIBLE, '')
}

/**
 * One line of typed text in the form that is kept: composed (NFC), without invisible marks, tabs and line breaks as one
 * blank, trimmed. Control characters stay, so that a rule can refuse them.
 */
export function typedLine(text: string): string {
  return withoutInvisible(text.normalize('NFC'))
    .replace(/[\s\u0085]+/gu, ' ')
    .trim()
}

/** Everything people put between the digits of a phone number. */
const BETWEEN_DIGITS = /[\s.\-()[\]/·ㆍ]|\p{Pd}|\u2212/gu

/**
 * A Korean phone number in digits, however it was written: with blanks, dots, brackets, any dash, full-width digits,
 * +82 in front. What is no phone number comes back with its other characters, for a rule to refuse.
 */
export function typedPhone(text: string): string {
  const plain = withoutInvisible(text.normalize('NFKC')).replace(BETWEEN_DIGITS, '')
  return plain.replace(/^(?:\+|00)820?(?=\d)/u, '0')
}

/** Digits such as a postal code: full width made narrow, blanks and invisible marks gone. */
export function typedDigits(text: string): string {
  return withoutInvisible(text.normalize('NFKC')).replace(/\s/gu, '')
}

/** Mobile numbers: what an account has. */
export const MOBILE_PHONE = /^01[016789]\d{7,8}$/
/** Any number in Korea a driver can call: mobile, area codes from 02 to 064, internet (070) and safe numbers (050x). */
export const KOREAN_PHONE =
  /^(?:01[016789]\d{7,8}|02\d{7,8}|0(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])\d{7,8}|070\d{8}|050\d{8,9})$/
