import { platformProblems } from '../../../platform/http/platform-problems.ts'
import type { ProblemCatalog, Refused, Text } from '../../../platform/refusal.ts'
import { borrowProblems } from '../problems.ts'

/** What machines show people beside what the desk's refusals say. */
export const WORDS = {
  not_logged_in: { ko: '기기가 등록되지 않았습니다.', en: 'This machine is not logged in.' },
  try_later: {
    ko: '지금 처리할 수 없습니다. 잠시 후 다시 시도하거나 데스크로 와 주세요.',
    en: 'This cannot be done now. Please try again shortly, or come to the desk.',
  },
  card_unknown: { ko: '등록되지 않은 회원증입니다.', en: 'This card is not known.' },
  password_needed: { ko: '비밀번호가 필요합니다.', en: 'A password is needed.' },
  wrong_password: { ko: '비밀번호가 맞지 않습니다.', en: 'The password is wrong.' },
  too_many_tries: {
    ko: '비밀번호를 여러 번 틀렸습니다. 데스크에 문의해 주세요.',
    en: 'The password was wrong too often. Please ask at the desk.',
  },
  at_the_desk: {
    ko: '기기에서 할 수 없는 일입니다. 데스크에 문의해 주세요.',
    en: 'Machines cannot do this. Please ask at the desk.',
  },
  barcode_missing: { ko: '책 바코드를 읽지 못했습니다.', en: 'No barcode was read.' },
  already_yours: { ko: '이미 빌려 간 책입니다.', en: 'You have borrowed this book already.' },
  not_yours: { ko: '빌려 간 책이 아닙니다.', en: 'You have not borrowed this book.' },
  pending: {
    ko: '대출을 접수했습니다. 장서 확인이 끝나면 확정됩니다.',
    en: 'The loan is accepted and will be settled shortly.',
  },
  not_lent: {
    ko: '대출되지 않았습니다. 데스크에 문의해 주세요.',
    en: 'This was not lent. Please ask at the desk.',
  },
  put_on_hold_shelf: {
    ko: '다른 이용자가 예약한 책입니다. 예약 서가로 보냅니다.',
    en: 'Somebody waits for this book: it goes to the hold shelf.',
  },
  no_payments: {
    ko: '이 기기에서는 요금을 낼 수 없습니다. 데스크에 내 주세요.',
    en: 'Fees are not paid here. Please pay at the desk.',
  },
  only_won: { ko: '원화만 받습니다.', en: 'Only won are taken.' },
} as const satisfies Readonly<Record<string, Text>>

/** SIP2's number of English, and of that of the United Kingdom; whatever else is said to Koreans. */
const ENGLISH = new Set(['001', '024'])

/** In which language a machine is spoken to, by the number in its request. */
export function languageOf(code: string | undefined): keyof Text {
  return ENGLISH.has(code ?? '') ? 'en' : 'ko'
}

const PROBLEMS: ProblemCatalog = { ...platformProblems, ...borrowProblems }

/** What a refusal says to people: all that stands against it, or what its code means. */
export function saidOf({ code, detail, errors = [] }: Refused): Text {
  if (errors.length > 0) return joined(errors.map(({ message }) => message))
  return detail ?? PROBLEMS[code]?.title ?? WORDS.at_the_desk
}

/** Several texts as one. */
export function joined(texts: readonly Text[]): Text {
  return { ko: texts.map(({ ko }) => ko).join(' '), en: texts.map(({ en }) => en).join(' ') }
}

/** What a late return cost, in won; undefined when nothing. */
export function feeText(lateDays: number, fee: number): Text | undefined {
  if (lateDays <= 0) return undefined
  const won = fee.toLocaleString('ko-KR')
  return {
    ko: `${lateDays}일 연체, 연체료 ${won}원입니다.`,
    en: `${lateDays} days late; the fee is ${won} won.`,
  }
}
