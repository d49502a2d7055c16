import type { ProblemCatalog } from '../../platform/refusal.ts'

export const billingProblems = {
  billing_date_in_future: {
    status: 422,
    title: {
      ko: '아직 오지 않은 날짜는 청구할 수 없습니다.',
      en: 'A date that has not come yet cannot be billed.',
    },
  },
  billing_run_ended: {
    status: 409,
    title: { ko: '이미 끝난 청구 작업입니다.', en: 'This billing run has ended.' },
  },
  cycle_not_open: {
    status: 409,
    title: { ko: '이미 처리된 회차입니다.', en: 'This cycle is settled.' },
  },
  cycle_frozen: {
    status: 409,
    title: {
      ko: '결제 결과가 확인될 때까지 다시 청구할 수 없습니다.',
      en: 'Its payment has to be cleared up before it can be tried again.',
    },
  },
  cycle_needs_method: {
    status: 409,
    title: {
      ko: '고객이 새 결제 수단을 등록해야 합니다.',
      en: 'The customer has to give a new payment method first.',
    },
  },
  cycle_busy: {
    status: 409,
    title: {
      ko: '지금 처리 중인 회차입니다. 잠시 후 다시 시도해 주세요.',
      en: 'This cycle is being worked on. Try again soon.',
    },
  },
} satisfies ProblemCatalog
