import type { ProblemCatalog } from '../platform/refusal.ts'

export const gatewayProblems = {
  service_unavailable: {
    status: 503,
    title: {
      ko: '이 기능을 잠시 사용할 수 없습니다. 다른 기능은 그대로 사용할 수 있습니다.',
      en: 'This part is unavailable for the moment. Everything else works as usual.',
    },
  },
  service_broke_off: {
    status: 502,
    title: {
      ko: '응답이 중간에 끊겼습니다. 처리되었는지 확인한 뒤 다시 시도해 주세요.',
      en: 'The answer broke off. Please look whether it was done before you try again.',
    },
  },
  service_too_slow: {
    status: 504,
    title: {
      ko: '응답이 늦어지고 있습니다. 처리되었는지 확인한 뒤 다시 시도해 주세요.',
      en: 'The answer takes too long. Please look whether it was done before you try again.',
    },
  },
} satisfies ProblemCatalog
