import type { ProblemCatalog } from '../../platform/refusal.ts'

/** What the answers of a `Payable` mean, whoever gives them. */
export const payableProblems = {
  order_already_paid: {
    status: 409,
    title: { ko: '이미 결제된 주문입니다.', en: 'The order is already paid.' },
  },
  order_closed: {
    status: 409,
    title: {
      ko: '취소되었거나 결제 시간이 지난 주문입니다.',
      en: 'The order was cancelled or its time to pay has passed.',
    },
  },
  order_not_refundable: {
    status: 409,
    title: { ko: '환불할 결제 금액이 없습니다.', en: 'There is no payment to give back.' },
  },
  out_of_stock: {
    status: 409,
    title: { ko: '재고가 부족합니다.', en: 'There is not enough stock.' },
  },
  payment_in_progress: {
    status: 409,
    title: {
      ko: '결제 결과를 확인하고 있습니다. 잠시 후 다시 확인해 주세요.',
      en: 'A payment is being confirmed. Please look again in a moment.',
    },
  },
} satisfies ProblemCatalog

export const paymentProblems = {
  ...payableProblems,
  provider_not_offered: {
    status: 422,
    title: { ko: '사용할 수 없는 결제 수단입니다.', en: 'This payment method is not offered.' },
  },
  amount_below_minimum: {
    status: 422,
    title: {
      ko: '결제할 수 있는 최소 금액보다 적습니다.',
      en: 'The amount is below the minimum for this payment method.',
    },
  },
  provider_unavailable: {
    status: 503,
    title: {
      ko: '결제사에 연결할 수 없습니다. 결제되지 않았으니 잠시 후 다시 시도해 주세요.',
      en: 'The payment provider cannot be reached. Nothing was charged; please try again shortly.',
    },
  },
  payment_not_started: {
    status: 502,
    title: {
      ko: '결제사가 결제를 시작하지 못했습니다. 결제되지 않았습니다.',
      en: 'The payment provider could not start the payment. Nothing was charged.',
    },
  },
  payment_not_refundable: {
    status: 409,
    title: { ko: '환불할 수 있는 결제가 아닙니다.', en: 'This payment cannot be refunded.' },
  },
  refund_in_progress: {
    status: 409,
    title: { ko: '이미 환불을 처리하고 있습니다.', en: 'A refund is already being processed.' },
  },
  refund_exceeds_payment: {
    status: 409,
    title: {
      ko: '환불 금액이 남은 결제 금액보다 큽니다.',
      en: 'The refund is larger than what is left of the payment.',
    },
  },
  payment_settled: {
    status: 409,
    title: { ko: '이미 결과가 확정된 결제입니다.', en: 'The outcome of this payment is already settled.' },
  },
  reconciliation_too_early: {
    status: 422,
    title: { ko: '아직 오지 않은 날짜입니다.', en: 'This day has not come yet.' },
  },
  settlement_table_unknown: {
    status: 422,
    title: {
      ko: '이 결제사의 정산 표는 읽을 수 없습니다.',
      en: 'Tables of this provider are not read.',
    },
  },
  settlement_rows_wrong: {
    status: 422,
    title: {
      ko: '정산 표에 읽을 수 없는 줄이 있어 아무것도 남기지 않았습니다. 고친 뒤 다시 올려 주세요.',
      en: 'Some rows of the table cannot be read, and nothing was kept. Please correct them and try again.',
    },
  },
  settlement_table_differs: {
    status: 409,
    title: {
      ko: '미리 본 표와 다르거나 그사이 결제 내역이 바뀌어 아무것도 남기지 않았습니다. 다시 미리 보기를 해 주세요.',
      en: 'The table, or our books, are not as they were shown, and nothing was kept. Please look at it again.',
    },
  },
  settlement_not_listed: {
    status: 502,
    title: {
      ko: '결제사의 정산 내역을 받지 못했습니다. 잠시 후 다시 시도하거나 판매자 콘솔에서 확인해 주세요.',
      en: 'The provider’s list was not to be had. Please try again later, or look into its console.',
    },
  },
  finding_settled: {
    status: 409,
    title: {
      ko: '이미 처리했거나 더 이상 없는 차이입니다.',
      en: 'This difference was decided before, or is gone.',
    },
  },
  cash_receipt_not_refused: {
    status: 409,
    title: {
      ko: '담당자의 확인을 기다리는 현금영수증이 아닙니다. 이미 처리되었을 수 있습니다.',
      en: 'This cash receipt does not wait for a person; somebody may have settled it already.',
    },
  },
  cash_receipt_number_fixed: {
    status: 409,
    title: {
      ko: '이미 발급되었거나 발급되었을 수 있는 현금영수증이라 번호를 바꿀 수 없습니다.',
      en: 'This cash receipt was issued, or may have been, so its number cannot be changed.',
    },
  },
  refund_settled: {
    status: 409,
    title: { ko: '이미 결과가 확정된 환불입니다.', en: 'The outcome of this refund is already settled.' },
  },
  decision_too_early: {
    status: 409,
    title: {
      ko: '아직 미결제로 확정할 수 없습니다. 결제사의 처리가 끝날 때까지 기다려 주세요.',
      en: 'It is too early to settle this as not charged; the provider may still be processing it.',
    },
  },
  begun_by_another: {
    status: 403,
    title: {
      ko: '다른 계정에서 시작한 결제수단 등록입니다. 아무것도 등록되거나 결제되지 않았습니다.',
      en: 'Somebody else began this with another account. Nothing was registered or charged.',
    },
  },
  provider_contradicts: {
    status: 409,
    title: {
      ko: '결제사의 답변과 다르게 확정할 수 없습니다.',
      en: 'The payment provider says the opposite; this cannot be decided against it.',
    },
  },
  refund_beyond_one_person: {
    status: 409,
    title: {
      ko: '한 사람이 나누어 환불할 수 있는 금액을 넘었습니다. 결제 전체의 환불을 요청하고 다른 담당자의 확인을 받아 주세요.',
      en: 'That is more than one person may give back in parts. Please ask for a refund of the whole payment, which a second person confirms.',
    },
  },
  second_person_required: {
    status: 409,
    title: {
      ko: '금액이 커서 다른 담당자의 확인이 필요합니다. 확인 요청을 남겼습니다.',
      en: 'For this amount a second person has to confirm. The wish has been kept for them.',
    },
  },
  second_person_is_first: {
    status: 409,
    title: {
      ko: '요청한 사람이 직접 확인할 수 없습니다. 다른 담당자가 확인해야 합니다.',
      en: 'Who proposed it cannot confirm it; it takes another person.',
    },
  },
  second_person_is_customer: {
    status: 409,
    title: {
      ko: '본인의 주문에 대한 결정은 확인할 수 없습니다. 다른 담당자가 확인해야 합니다.',
      en: 'It is about your own order; it takes another person to confirm it.',
    },
  },
  proposal_ended: {
    status: 409,
    title: {
      ko: '이미 처리되었거나 기한이 지난 확인 요청입니다.',
      en: 'This proposal has been settled already, or its time is over.',
    },
  },
  proposal_outdated: {
    status: 409,
    title: {
      ko: '확인을 요청한 뒤 환불할 금액이 달라졌습니다. 환불하지 않았으니 환불을 다시 요청하고 확인을 받아 주세요.',
      en: 'Another amount is left to give back than was proposed. Nothing was given back; please ask for the refund again, to be confirmed anew.',
    },
  },
  provider_ref_required: {
    status: 422,
    title: { ko: '결제사의 거래 번호가 필요합니다.', en: "The provider's id is required." },
  },
  provider_ref_mismatch: {
    status: 422,
    title: {
      ko: '이 결제의 결제사 거래 번호가 아닙니다.',
      en: "This is not the provider's id of this payment.",
    },
  },
  lookup_failed: {
    status: 503,
    title: {
      ko: '결제사에서 확인하지 못했습니다. 잠시 후 다시 시도해 주세요.',
      en: 'The payment provider could not be asked. Please try again shortly.',
    },
  },
  registration_in_progress: {
    status: 409,
    title: {
      ko: '결제수단을 등록하고 있습니다. 잠시 후 다시 시도해 주세요.',
      en: 'A payment method is being registered. Please try again in a moment.',
    },
  },
  registration_not_started: {
    status: 502,
    title: {
      ko: '결제사가 등록을 시작하지 못했습니다. 잠시 후 다시 시도해 주세요.',
      en: 'The payment provider could not start the registration. Please try again shortly.',
    },
  },
  too_many_payment_methods: {
    status: 409,
    title: {
      ko: '등록할 수 있는 결제수단 수를 넘었습니다. 쓰지 않는 결제수단을 먼저 삭제해 주세요.',
      en: 'You have as many payment methods as can be registered. Please remove one you do not use.',
    },
  },
  too_many_registrations: {
    status: 429,
    title: {
      ko: '오늘은 결제수단을 더 등록할 수 없습니다. 내일 다시 시도해 주세요.',
      en: 'No more payment methods can be registered today. Please try again tomorrow.',
    },
  },
} satisfies ProblemCatalog
