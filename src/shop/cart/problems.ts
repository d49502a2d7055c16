import type { ProblemCatalog } from '../../platform/refusal.ts'

export const cartProblems = {
  cart_quantity_too_large: {
    status: 422,
    title: {
      ko: '한 상품은 99개까지 담을 수 있습니다.',
      en: 'A cart holds up to 99 pieces of one item.',
    },
  },
  cart_full: {
    status: 422,
    title: {
      ko: '장바구니에는 50종까지 담을 수 있습니다. 먼저 다른 상품을 주문하거나 빼 주세요.',
      en: 'A cart holds up to 50 lines. Please order or remove some first.',
    },
  },
  cart_changed: {
    status: 409,
    title: {
      ko: '장바구니 내용이 바뀌었습니다. 다시 확인한 뒤 주문해 주세요.',
      en: 'The cart has changed. Please look at it again before you order.',
    },
  },
} satisfies ProblemCatalog
