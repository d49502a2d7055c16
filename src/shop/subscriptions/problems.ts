import type { ProblemCatalog } from '../../platform/refusal.ts'

export const subscriptionProblems = {
  quantity_out_of_range: {
    status: 422,
    title: { ko: '수량은 1~99개입니다.', en: 'The quantity is 1 to 99.' },
  },
  subscription_cancelled: {
    status: 409,
    title: { ko: '해지된 정기배송입니다.', en: 'This subscription has been cancelled.' },
  },
  subscription_paused: {
    status: 409,
    title: {
      ko: '일시 중지 중이라 건너뛸 배송이 없습니다.',
      en: 'It is paused: there is no delivery to skip.',
    },
  },
  payment_overdue: {
    status: 409,
    title: {
      ko: '결제되지 않은 회차가 있습니다. 먼저 결제하거나 해지해 주세요.',
      en: 'A payment is overdue. Please settle it or cancel first.',
    },
  },
  after_cut_off: {
    status: 409,
    title: {
      ko: '변경 마감 시간이 지나 이번 결제는 바꿀 수 없습니다.',
      en: 'It is too late to change this charge.',
    },
  },
  not_a_due_date: {
    status: 422,
    title: { ko: '결제 예정일이 아닙니다.', en: 'No charge is due on this day.' },
  },
  pause_ends_before_it_starts: {
    status: 422,
    title: {
      ko: '일시 중지 종료일은 시작일 이후여야 합니다.',
      en: 'A pause must end after it starts.',
    },
  },
  price_not_proposed: {
    status: 409,
    title: {
      ko: '제안된 가격이 아니거나 가격이 바뀌었습니다.',
      en: 'This price is not proposed, or has changed.',
    },
  },
  payment_method_gone: {
    status: 409,
    title: {
      ko: '사용할 수 없는 결제수단입니다. 다른 결제수단을 선택해 주세요.',
      en: 'This payment method cannot be used. Please choose another one.',
    },
  },
  payment_method_in_use: {
    status: 409,
    title: {
      ko: '정기배송에서 사용 중인 결제수단입니다. 다른 결제수단으로 바꾼 뒤 삭제해 주세요.',
      en: 'A subscription uses this payment method. Please choose another one for it first.',
    },
  },
  nothing_to_retry: {
    status: 409,
    title: { ko: '다시 시도할 결제가 없습니다.', en: 'There is no charge to try again.' },
  },
} satisfies ProblemCatalog
