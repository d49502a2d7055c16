import { type FieldError, type Refused, refused, type Text } from '../../../platform/refusal.ts'
import type { Objection } from '../rules/borrowing.ts'
import type { RenewalObjection } from '../rules/renewing.ts'

type Wording = Readonly<{ about: 'patron' | 'book' | 'loan'; text: Text }>

const WORDING: Readonly<Record<Objection | RenewalObjection, Wording>> = {
  patron_unknown: {
    about: 'patron',
    text: { ko: '등록되지 않은 이용자입니다.', en: 'There is no such patron.' },
  },
  patron_inactive: {
    about: 'patron',
    text: { ko: '탈퇴한 이용자입니다.', en: 'This patron has left.' },
  },
  patron_blocked: {
    about: 'patron',
    text: {
      ko: '대출이 정지되었습니다. 데스크에 문의해 주세요.',
      en: 'Borrowing is blocked; please ask at the desk.',
    },
  },
  over_limit: {
    about: 'patron',
    text: { ko: '빌릴 수 있는 권수를 넘습니다.', en: 'This is more than may be borrowed at a time.' },
  },
  book_unknown: { about: 'book', text: { ko: '없는 책입니다.', en: 'There is no such book.' } },
  book_withdrawn: {
    about: 'book',
    text: { ko: '더 이상 대출하지 않는 책입니다.', en: 'This book is lent no more.' },
  },
  not_enough_stock: {
    about: 'book',
    text: {
      ko: '지금 빌릴 수 있는 책이 모자랍니다.',
      en: 'There are not enough copies now.',
    },
  },
  held_for_others: {
    about: 'book',
    text: {
      ko: '남은 책은 예약한 이용자를 기다리고 있습니다. 예약할 수 있습니다.',
      en: 'The copies here wait for patrons in the queue; you may join it.',
    },
  },
  copy_out: {
    about: 'book',
    text: {
      ko: '아직 반납되지 않은 책입니다. 먼저 반납해 주세요.',
      en: 'This copy is still out by another loan; take it back first.',
    },
  },
  hold_waiting: {
    about: 'book',
    text: { ko: '다른 이용자가 예약한 책입니다.', en: 'Somebody waits for this book.' },
  },
  renewals_used_up: {
    about: 'loan',
    text: { ko: '더 연장할 수 없습니다.', en: 'It cannot be renewed again.' },
  },
  loan_overdue: {
    about: 'loan',
    text: { ko: '반납일이 지나 연장할 수 없습니다.', en: 'It is overdue and cannot be renewed.' },
  },
  not_later: {
    about: 'loan',
    text: { ko: '연장해도 반납일이 늦춰지지 않습니다.', en: 'Renewing would not move the due date.' },
  },
}

const errorOf = (code: Objection | RenewalObjection): FieldError => ({
  field: WORDING[code].about,
  code,
  message: WORDING[code].text,
})

const QUEUES: readonly string[] = ['not_enough_stock', 'held_for_others']

/**
 * The refusal borrow_refused with all that stands against it, and what can be done instead. The queue is for titles of
 * which nothing is left; whoever wants more than there are may borrow fewer.
 * @param lendable copies the patron could have now
 */
export function borrowRefused(objections: readonly Objection[], lendable: number): Refused<'borrow_refused'> {
  const offers = lendable === 0 && objections.some((code) => QUEUES.includes(code)) ? ['join_queue'] : []
  return refused('borrow_refused', { errors: objections.map(errorOf), facts: { offers } })
}

/** The refusal renewal_refused with all that stands against it. */
export function renewalRefused(objections: readonly RenewalObjection[]): Refused<'renewal_refused'> {
  return refused('renewal_refused', { errors: objections.map(errorOf) })
}
