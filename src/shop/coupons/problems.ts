import type { ProblemCatalog } from '../../platform/refusal.ts'

export const couponProblems = {
  coupon_terms_wrong: {
    status: 422,
    title: {
      ko: '쿠폰 조건이 올바르지 않습니다. 종료는 시작보다 뒤여야 하고, 정액 쿠폰의 최소 금액은 할인액보다 100원 이상 커야 하며, 정률은 90%까지입니다.',
      en: 'These terms do not work: it must end after it begins, an amount needs goods of at least 100 won more, and a percentage is at most 90.',
    },
  },
} satisfies ProblemCatalog
