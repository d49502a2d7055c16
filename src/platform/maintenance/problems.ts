import type { ProblemCatalog } from '../refusal.ts'

export const maintenanceProblems = {
  under_maintenance: {
    status: 503,
    title: { ko: '지금은 점검 중입니다.', en: 'We are under maintenance.' },
  },
  maintenance_period_wrong: {
    status: 422,
    title: {
      ko: '점검은 시작보다 뒤, 그리고 지금보다 뒤에 끝나야 하며 24시간을 넘을 수 없습니다.',
      en: 'Maintenance has to end after it begins and after now, and cannot be longer than 24 hours.',
    },
  },
  maintenance_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그사이 다른 사람이 점검 시간을 바꾸었습니다. 다시 읽고 정해 주세요.',
      en: 'Somebody has changed the maintenance window meanwhile. Read it again, then set it.',
    },
  },
} satisfies ProblemCatalog
