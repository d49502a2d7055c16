import type { ProblemCatalog } from '../../platform/refusal.ts'
import { payableProblems } from '../payments/index.ts'

const termsProblems = {
  terms_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그사이 다른 사람이 요금을 바꾸었습니다. 바뀐 내용을 보고 다시 정해 주세요.',
      en: 'A colleague has published other fees meanwhile. Please look at them and decide again.',
    },
  },
} as const satisfies ProblemCatalog

export const returnProblems = {
  return_not_in_state: {
    status: 409,
    title: {
      ko: '지금 상태에서는 할 수 없는 처리입니다. 반품·교환 상태를 확인해 주세요.',
      en: 'That is not possible in the state the request is in.',
    },
  },
  return_too_late: {
    status: 409,
    title: {
      ko: '신청할 수 있는 기간이 지났습니다. 단순 변심은 배송 완료 후 7일, 상품 문제는 3개월 이내에 신청할 수 있습니다.',
      en: 'The time for this has passed: 7 days after delivery if you changed your mind, 3 months if something is wrong.',
    },
  },
  return_worth_nothing: {
    status: 409,
    title: {
      ko: '반품 배송비가 상품 금액보다 커서 돌려드릴 금액이 없습니다.',
      en: 'The parcel back costs more than what would be given back.',
    },
  },
  too_many_returns: {
    status: 409,
    title: {
      ko: '이 주문에는 반품·교환을 더 신청할 수 없습니다. 고객센터로 문의해 주세요.',
      en: 'No more can be asked for of this order. Please write to us.',
    },
  },
  exchange_fee_owed: {
    status: 409,
    title: {
      ko: '교환 배송비를 어떻게 받았는지 먼저 기록해 주세요. 그다음 교환품을 보낼 수 있습니다.',
      en: 'First say how the parcel fee of the exchange was settled. Then the other piece can be sent.',
    },
  },
  exchange_fee_settled: {
    status: 409,
    title: {
      ko: '받을 교환 배송비가 없거나 이미 기록했습니다.',
      en: 'No parcel fee of an exchange is owed, or it was settled before.',
    },
  },
  exchange_fee_apart: {
    status: 422,
    title: {
      ko: '교환 배송비는 도착 확인에서 줄일 수 없습니다. 교환 배송비를 면제로 기록해 주세요.',
      en: 'The parcel fee of an exchange is not lowered by its receipt. Please note it as waived.',
    },
  },
  return_fee_too_high: {
    status: 422,
    title: {
      ko: '신청할 때 안내한 배송비보다 많이 뺄 수 없습니다.',
      en: 'No more can be kept for the parcel than was said when it was asked for.',
    },
  },
} satisfies ProblemCatalog

export const orderProblems = {
  ...payableProblems,
  ...returnProblems,
  ...termsProblems,
  order_line_not_found: {
    status: 404,
    title: { ko: '주문에 없는 상품입니다.', en: 'The order has no such line.' },
  },
  order_line_not_returnable: {
    status: 409,
    title: {
      ko: '도착하지 않았거나 이미 반품된 상품입니다.',
      en: 'It has not arrived, or came back before.',
    },
  },
  order_refund_requested: {
    status: 409,
    title: { ko: '환불이 요청된 주문은 발송할 수 없습니다.', en: 'A refund of the order was requested.' },
  },
  own_order: {
    status: 409,
    title: {
      ko: '본인이 주문한 상품의 환불은 다른 담당자가 처리해야 합니다.',
      en: 'A refund of your own order has to be made by a colleague.',
    },
  },
  coupon_not_valid: {
    status: 409,
    title: {
      ko: '사용할 수 없는 쿠폰입니다. 기간이 지났거나 모두 소진되었을 수 있습니다.',
      en: 'This coupon cannot be used: it may be over or used up.',
    },
  },
  coupon_used: {
    status: 409,
    title: { ko: '이미 사용한 쿠폰입니다.', en: 'You have used this coupon already.' },
  },
  coupon_first_order_only: {
    status: 409,
    title: { ko: '첫 주문에만 사용할 수 있는 쿠폰입니다.', en: 'This coupon is for a first order only.' },
  },
  coupon_bought_before_only: {
    status: 409,
    title: {
      ko: '전에 구매한 적이 있는 고객만 사용할 수 있는 쿠폰입니다.',
      en: 'This coupon is for customers who have bought before.',
    },
  },
  coupon_not_for_these: {
    status: 409,
    title: {
      ko: '이 쿠폰을 사용할 수 있는 분류의 상품이 없습니다.',
      en: 'None of these goods is of a category this coupon is for.',
    },
  },
  coupon_minimum: {
    status: 409,
    title: {
      ko: '쿠폰을 사용할 수 있는 상품 금액이 부족합니다. 정기배송 상품에는 쿠폰을 쓸 수 없습니다.',
      en: 'The goods cost too little for this coupon. Recurring items do not count.',
    },
  },
  item_not_found: {
    status: 422,
    title: { ko: '없는 상품입니다.', en: 'There is no such item.' },
  },
  item_not_on_sale: {
    status: 409,
    title: { ko: '더 이상 판매하지 않는 상품입니다.', en: 'This item is no longer sold.' },
  },
  order_not_paid: {
    status: 409,
    title: { ko: '결제가 완료된 주문이 아닙니다.', en: 'The order is not paid.' },
  },
  order_line_not_movable: {
    status: 409,
    title: {
      ko: '이미 발송했거나 아직 발송하지 않았거나, 남은 수량보다 많습니다.',
      en: 'It was sent before, has not been sent yet, or there are not so many pieces left.',
    },
  },
  order_line_not_cancellable: {
    status: 409,
    title: {
      ko: '이미 발송했거나 취소한 상품이라 취소할 수 없습니다.',
      en: 'It has left or was cancelled before, and cannot be cancelled.',
    },
  },
  order_line_not_restockable: {
    status: 409,
    title: {
      ko: '아직 발송하지 않은 수량은 발송 취소(cancel)와 함께만 재고로 되돌릴 수 있고, 발송한 수량은 한 번만 되돌릴 수 있습니다.',
      en: 'Pieces that have not left go back to stock only when they are cancelled too (cancel); pieces that left, only once.',
    },
  },
  refund_exceeds_line: {
    status: 409,
    title: {
      ko: '이 상품에서 환불할 수 있는 수량이나 금액보다 많습니다.',
      en: 'That is more than what is left to give back of this line.',
    },
  },
  refund_of_nothing: {
    status: 422,
    title: { ko: '환불할 금액이 없습니다.', en: 'There is nothing to give back.' },
  },
  tracking_rows_wrong: {
    status: 422,
    title: {
      ko: '잘못된 줄이 있어 아무것도 발송 처리하지 않았습니다. 고친 뒤 다시 올려 주세요.',
      en: 'Some rows are wrong, and nothing was sent. Please correct them and try again.',
    },
  },
  tracking_order_unknown: {
    status: 404,
    title: { ko: '이 번호의 주문이 없습니다.', en: 'There is no order with this number.' },
  },
  tracking_day_impossible: {
    status: 422,
    title: {
      ko: '도착일이 발송일보다 빠르거나 아직 오지 않은 날입니다.',
      en: 'The day of arrival is before the parcel was sent, or yet to come.',
    },
  },
  too_many_unpaid_pieces: {
    status: 409,
    title: {
      ko: '결제하지 않은 상품의 수량이 너무 많습니다. 수량을 줄이거나 먼저 결제해 주세요.',
      en: 'Too many pieces are waiting for your payment. Please order fewer, or pay first.',
    },
  },
  too_many_open_orders: {
    status: 409,
    title: {
      ko: '결제하지 않은 주문이 너무 많습니다. 먼저 결제하거나 취소해 주세요.',
      en: 'You have too many unpaid orders. Please pay or cancel some first.',
    },
  },
  total_changed: {
    status: 409,
    title: {
      ko: '상품 가격이 변경되었습니다. 새 금액을 확인해 주세요.',
      en: 'The price has changed. Please check the new total.',
    },
  },
  order_total_too_large: {
    status: 422,
    title: { ko: '주문 금액이 너무 큽니다.', en: 'The total of the order is too large.' },
  },
  order_not_cancellable: {
    status: 409,
    title: {
      ko: '배송이 시작되어 취소할 수 없습니다.',
      en: 'The order is on its way and cannot be cancelled.',
    },
  },
  order_of_subscription: {
    status: 409,
    title: {
      ko: '정기배송 주문입니다. 정기배송에서 건너뛰거나 해지해 주세요.',
      en: 'This order belongs to a subscription. Please skip or cancel it there.',
    },
  },
  consent_required: {
    status: 422,
    title: {
      ko: '정기결제 동의가 필요합니다. 현재 동의 내용을 확인해 주세요.',
      en: 'Please agree to the current terms of recurring payment.',
    },
  },
  period_malformed: {
    status: 422,
    title: { ko: '배송 주기가 올바르지 않습니다.', en: 'This is not a delivery period.' },
  },
  period_not_offered: {
    status: 422,
    title: { ko: '선택할 수 없는 배송 주기입니다.', en: 'This delivery period is not offered.' },
  },
} satisfies ProblemCatalog
