import type { ProblemCatalog } from '../../platform/refusal.ts'

/** What lending may refuse, beyond what every route may. */
export const borrowProblems = {
  borrow_refused: {
    status: 409,
    title: { ko: '빌릴 수 없습니다.', en: 'This cannot be borrowed.' },
  },
  renewal_refused: {
    status: 409,
    title: { ko: '연장할 수 없습니다.', en: 'This cannot be renewed.' },
  },
  library_closed_too_long: {
    status: 409,
    title: {
      ko: '도서관이 오래 쉬어 반납일을 정할 수 없습니다.',
      en: 'The library is closed for so long that there is no due date.',
    },
  },
  loan_pending: {
    status: 409,
    title: {
      ko: '아직 처리 중인 대출입니다. 잠시 후 다시 시도해 주세요.',
      en: 'The loan is not settled yet. Please try again shortly.',
    },
  },
  loan_not_pending: {
    status: 409,
    title: {
      ko: '이미 시작된 대출은 취소할 수 없습니다. 반납해 주세요.',
      en: 'A running loan is returned, not cancelled.',
    },
  },
  loan_not_active: {
    status: 409,
    title: { ko: '취소되었거나 이미 반납된 대출입니다.', en: 'The loan was cancelled or returned already.' },
  },
  loan_lost: {
    status: 409,
    title: {
      ko: '분실 처리된 대출입니다. 데스크에 문의해 주세요.',
      en: 'The copies were given up for lost; please ask at the desk.',
    },
  },
  loan_not_lost: {
    status: 409,
    title: { ko: '분실 처리된 대출이 아닙니다.', en: 'The copies were not given up for lost.' },
  },
  too_many_copies: {
    status: 409,
    title: { ko: '빌려 간 책보다 많습니다.', en: 'These are more copies than are still out.' },
  },
  effective_at_invalid: {
    status: 422,
    title: {
      ko: '반납일은 대출일과 지금 사이여야 합니다.',
      en: 'The time of the return must lie between the loan and now.',
    },
  },
  copy_unknown: {
    status: 409,
    title: {
      ko: '이 바코드의 책을 찾을 수 없습니다.',
      en: 'No copy is known by this barcode.',
    },
  },
  copy_not_on_loan: {
    status: 409,
    title: { ko: '대출 중인 책이 아닙니다.', en: 'This copy is not on loan.' },
  },
  undo_too_late: {
    status: 409,
    title: {
      ko: '한 시간이 지나 취소할 수 없습니다. 반납하거나 다시 대출해 주세요.',
      en: 'More than an hour has passed, so it cannot be undone. Please return the book, or lend it anew.',
    },
  },
  return_undone_already: {
    status: 409,
    title: { ko: '이미 취소한 반납입니다.', en: 'This return was undone already.' },
  },
  own_account: {
    status: 403,
    title: {
      ko: '자신의 대출과 요금은 직접 처리할 수 없습니다. 다른 사서에게 부탁해 주세요.',
      en: 'Nobody decides about their own loans and fees. Please ask another librarian.',
    },
  },
  more_than_owed: {
    status: 409,
    title: { ko: '내야 할 금액보다 많습니다.', en: 'This is more than is owed.' },
  },
  terminal_name_taken: {
    status: 409,
    title: { ko: '이미 쓰고 있는 기기 이름입니다.', en: 'Another machine has this name.' },
  },
  opening_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그 사이에 다른 사람이 휴관일을 고쳤습니다. 새로 불러온 뒤 다시 시도해 주세요.',
      en: 'The opening days were changed meanwhile. Load them again and repeat your change.',
    },
  },
  policy_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그 사이에 다른 사람이 대출 규정을 고쳤습니다. 새로 불러온 뒤 다시 시도해 주세요.',
      en: 'The rules were changed meanwhile. Load them again and repeat your change.',
    },
  },
} satisfies ProblemCatalog
