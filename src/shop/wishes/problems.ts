import type { ProblemCatalog } from '../../platform/refusal.ts'

export const wishProblems = {
  too_many_wishes: {
    status: 409,
    title: {
      ko: '찜 목록이 가득 찼습니다. 찜을 몇 개 해제한 뒤 다시 시도해 주세요.',
      en: 'Your wish list is full. Remove some items and try again.',
    },
  },
} satisfies ProblemCatalog
