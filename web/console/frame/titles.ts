import type { BothWords } from '../words/language.ts'

/**
 * What the rooms are called. The navigation needs the names of all of them, so these are loaded first; the other words of
 * a room come with its pages.
 */
export const titles = {
  audit: { ko: '감사 기록', en: 'Audit trail' },
  banners: { ko: '배너', en: 'Banners' },
  billing: { ko: '정기결제 실행', en: 'Billing runs' },
  books: { ko: '장서 관리', en: 'Catalogue' },
  coupons: { ko: '쿠폰', en: 'Coupons' },
  deadLetters: { ko: '처리되지 않은 일', en: 'Dead letters' },
  desk: { ko: '대출 데스크', en: 'Library desk' },
  toPull: { ko: '예약 도서 찾기', en: 'Holds to pull' },
  holdShelf: { ko: '예약 서가', en: 'Hold shelf' },
  overdue: { ko: '연체', en: 'Overdue' },
  lendingRules: { ko: '대출 규정', en: 'Lending rules' },
  items: { ko: '상품과 재고', en: 'Items and stock' },
  opening: { ko: '휴관일', en: 'Opening days' },
  orders: { ko: '주문', en: 'Orders' },
  shipping: { ko: '발송 작업', en: 'To send' },
  overview: { ko: '현황', en: 'Overview' },
  payments: { ko: '결제 확인', en: 'Payments in doubt' },
  questions: { ko: '상품 문의', en: 'Questions' },
  reconciliation: { ko: '결제사 대사', en: 'Reconciliation' },
  records: { ko: '기록 보존 기간', en: 'Records and their terms' },
  returns: { ko: '반품·교환', en: 'Returns' },
  reviews: { ko: '리뷰 신고', en: 'Reported reviews' },
  sellingTerms: { ko: '배송비와 할인', en: 'Fees and discounts' },
  settings: { ko: '적용 중인 설정', en: 'Settings in force' },
  subscriptions: { ko: '정기배송', en: 'Subscriptions' },
  terminals: { ko: '자가 대출 반납기', en: 'Self-check machines' },
  users: { ko: '사용자와 역할', en: 'Users and roles' },
} as const satisfies Record<string, BothWords<string>>
