import type { ProblemCatalog } from '../../platform/refusal.ts'

/** What the catalogue of books may refuse, beyond what every route may. */
export const bookProblems = {
  page_too_deep: {
    status: 400,
    title: {
      ko: '너무 뒤쪽의 페이지입니다. 조건을 더 좁혀 주세요.',
      en: 'This page is too far back. Please narrow the filters.',
    },
  },
  book_withdrawn: {
    status: 409,
    title: { ko: '더 이상 대출하지 않는 책입니다.', en: 'This book is lent no more.' },
  },
  book_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그 사이에 다른 사람이 책 정보를 고쳤습니다. 새로 불러온 뒤 다시 시도해 주세요.',
      en: 'The book was changed meanwhile. Load it again and repeat your change.',
    },
  },
  isbn_taken: {
    status: 409,
    title: { ko: '이미 등록된 ISBN입니다.', en: 'A book with this ISBN is registered already.' },
  },
  copies_out: {
    status: 409,
    title: {
      ko: '대출 중이거나 예약자를 기다리는 책보다 적게 줄일 수 없습니다.',
      en: 'There cannot be fewer copies than are on loan or kept for patrons.',
    },
  },
  copy_in_use: {
    status: 409,
    title: {
      ko: '대출 중이거나 예약자를 기다리는 책은 바꿀 수 없습니다.',
      en: 'A copy on loan or kept for a patron cannot be changed.',
    },
  },
  copy_not_to_pull: {
    status: 409,
    title: {
      ko: '예약자를 위해 보관할 책이 아닙니다.',
      en: 'This copy is kept for nobody.',
    },
  },
  copies_available: {
    status: 409,
    title: {
      ko: '지금 빌릴 수 있는 책이 있어 예약할 필요가 없습니다.',
      en: 'A copy can be borrowed now; there is no need to wait.',
    },
  },
  hold_exists: {
    status: 409,
    title: { ko: '이미 예약한 책입니다.', en: 'You are waiting for this book already.' },
  },
  import_differs: {
    status: 409,
    title: {
      ko: '미리 본 파일이나 조건과 다릅니다. 다시 미리 보기를 해 주세요.',
      en: 'This is not the file, or not the wishes, of the preview. Look at it again first.',
    },
  },
  too_many_records: {
    status: 422,
    title: {
      ko: '한 번에 가져올 수 있는 레코드는 5,000건까지입니다. 파일을 나누거나 명령으로 가져오세요.',
      en: 'At most 5,000 records at a time. Divide the file, or import it by the command.',
    },
  },
} satisfies ProblemCatalog
