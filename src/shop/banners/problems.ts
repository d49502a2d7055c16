import type { ProblemCatalog } from '../../platform/refusal.ts'

export const bannerProblems = {
  banner_period_wrong: {
    status: 422,
    title: {
      ko: '배너가 끝나는 때는 시작하는 때보다 뒤여야 합니다.',
      en: 'A banner has to end after it begins.',
    },
  },
  banner_leads_outside: {
    status: 422,
    title: {
      ko: '배너는 이 쇼핑몰 안의 화면으로만 이어질 수 있습니다. 주소는 /로 시작합니다.',
      en: 'A banner can only lead to a page of this shop. Its address begins with /.',
    },
  },
  banner_item_unknown: {
    status: 422,
    title: {
      ko: '배너가 이어질 상품을 찾을 수 없거나, 지금 보이지 않는 상품입니다.',
      en: 'The item the banner leads to is not there, or is not shown.',
    },
  },
  too_many_banners: {
    status: 409,
    title: {
      ko: '배너는 30개까지 만들 수 있습니다. 지난 배너를 먼저 지워 주세요.',
      en: 'There can be 30 banners. Please remove old ones first.',
    },
  },
  banner_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그사이 배너가 바뀌었습니다. 다시 읽고 고쳐 주세요.',
      en: 'The banner has changed meanwhile. Read it again, then change it.',
    },
  },
  banners_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그사이 배너가 늘거나 줄었거나 순서가 바뀌었습니다. 지금의 목록을 보고 다시 정해 주세요.',
      en: 'Banners have come, gone or been moved meanwhile. Look at the list as it is now, then order it.',
    },
  },
} satisfies ProblemCatalog
