import type { ProblemCatalog } from '../../platform/refusal.ts'

export const couponProblems = {
  coupon_terms_wrong: {
    status: 422,
    title: {
      ko: '쿠폰 조건이 올바르지 않습니다. 종료는 시작보다 뒤여야 하고, 정액 쿠폰의 최소 금액은 할인액보다 100원 이상 커야 하며, 정률은 90%까지입니다. 첫 구매 고객과 구매한 적이 있는 고객을 함께 고를 수 없습니다.',
      en: 'These terms do not work: it must end after it begins, an amount needs goods of at least 100 won more, a percentage is at most 90, and it is not both for a first order and for who has bought before.',
    },
  },
  coupon_code_taken: {
    status: 409,
    title: {
      ko: '이미 있는 쿠폰 코드입니다. 다른 코드를 정해 주세요.',
      en: 'Another coupon has this code. Please choose another one.',
    },
  },
  coupon_code_unknown: {
    status: 404,
    title: {
      ko: '쓸 수 있는 쿠폰의 코드가 아닙니다. 코드를 확인해 주세요.',
      en: 'This is not the code of a coupon that can be used. Please check it.',
    },
  },
} satisfies ProblemCatalog
