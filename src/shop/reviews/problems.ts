import type { ProblemCatalog } from '../../platform/refusal.ts'

export const reviewProblems = {
  review_not_bought: {
    status: 409,
    title: {
      ko: '결제한 상품에만 리뷰를 쓸 수 있습니다.',
      en: 'Only an item that was paid for can be reviewed.',
    },
  },
  review_exists: {
    status: 409,
    title: {
      ko: '이 구매에는 이미 리뷰가 있습니다.',
      en: 'There is a review of this purchase already.',
    },
  },
  review_pictures_full: {
    status: 409,
    title: {
      ko: '리뷰 하나에 사진은 3장까지입니다.',
      en: 'A review has at most 3 pictures.',
    },
  },
  review_hidden: {
    status: 409,
    title: {
      ko: '판매자가 숨긴 리뷰입니다.',
      en: 'The review was hidden by the merchant.',
    },
  },
  review_own: {
    status: 409,
    title: {
      ko: '자신의 리뷰는 신고할 수 없습니다.',
      en: 'One’s own review cannot be reported.',
    },
  },
} satisfies ProblemCatalog
