import type { ProblemCatalog } from '../../platform/refusal.ts'

export const sheetProblems = {
  item_rows_wrong: {
    status: 422,
    title: {
      ko: '잘못된 줄이 있어 아무것도 바꾸지 않았습니다. 고친 뒤 다시 올려 주세요.',
      en: 'Some rows are wrong, and nothing was changed. Please correct them and try again.',
    },
  },
  item_table_differs: {
    status: 409,
    title: {
      ko: '미리 본 내용과 달라져 아무것도 바꾸지 않았습니다. 다시 미리 보기를 해 주세요.',
      en: 'What would change is not what was shown before, and nothing was changed. Please look at it again.',
    },
  },
} satisfies ProblemCatalog

/** What the catalogue may refuse, beyond what every route may. */
export const catalogProblems = {
  ...sheetProblems,
  too_many_pictures: {
    status: 409,
    title: {
      ko: '상품 하나에 사진은 10장까지입니다. 다른 사진을 먼저 지워 주세요.',
      en: 'An item has at most 10 pictures. Please remove another one first.',
    },
  },
  pictures_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그사이 사진이 더해지거나 지워졌습니다. 지금 사진을 확인하고 다시 해 주세요.',
      en: 'Pictures were added or removed meanwhile. Please look at them as they are now, and try again.',
    },
  },
  register_without_key: {
    status: 409,
    title: {
      ko: '공공데이터 인증키가 설정되어 있지 않아 가져올 수 없습니다.',
      en: 'No key of a public register is set, and nothing can be imported.',
    },
  },
  register_calls_used_up: {
    status: 409,
    title: {
      ko: '오늘 쓸 수 있는 호출을 모두 썼습니다. 내일 다시 가져올 수 있습니다.',
      en: 'The calls of today are used up. The import can go on tomorrow.',
    },
  },
  register_import_running: {
    status: 409,
    title: { ko: '이미 가져오는 중입니다.', en: 'An import is under way already.' },
  },
  register_import_idle: {
    status: 409,
    title: { ko: '가져오는 중이 아닙니다.', en: 'No import is under way.' },
  },
  register_page_not_stuck: {
    status: 409,
    title: {
      ko: '그 쪽은 건너뛸 쪽이 아니거나 이미 건너뛰기로 했습니다. 다시 읽어 주세요.',
      en: 'This page is not one to be skipped, or is skipped already. Please look again.',
    },
  },
  item_number_known: {
    status: 409,
    title: {
      ko: '이 품목제조번호의 상품이 이미 있습니다.',
      en: 'There is an item with this statement number already.',
    },
  },
  out_of_stock: {
    status: 409,
    title: { ko: '재고가 부족합니다.', en: 'There are not enough pieces in stock.' },
  },
  item_no_longer_sold: {
    status: 404,
    title: { ko: '더 이상 판매하지 않는 상품입니다.', en: 'This item is no longer sold.' },
  },
  price_range_reversed: {
    status: 400,
    title: {
      ko: '최저 가격이 최고 가격보다 큽니다.',
      en: 'The lowest price is higher than the highest price.',
    },
  },
  page_too_deep: {
    status: 400,
    title: {
      ko: '너무 뒤쪽의 페이지입니다. 조건을 더 좁혀 주세요.',
      en: 'This page is too far back. Please narrow the filters.',
    },
  },
  item_version_required: {
    status: 400,
    title: {
      ko: '고치려는 상품의 version 또는 If-Match 헤더가 필요합니다.',
      en: 'State the version of the item you are changing, in the body or in If-Match.',
    },
  },
  item_version_contradicts: {
    status: 400,
    title: {
      ko: '본문의 version과 If-Match 헤더가 서로 다릅니다.',
      en: 'The version in the body is not that of If-Match.',
    },
  },
  item_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그 사이에 다른 사람이 상품을 고쳤습니다. 새로 불러온 뒤 다시 시도해 주세요.',
      en: 'The item was changed meanwhile. Load it again and repeat your change.',
    },
  },
  nothing_to_change: {
    status: 400,
    title: { ko: '바꿀 내용이 없습니다.', en: 'There is nothing to change.' },
  },
  discount_rate_invalid: {
    status: 422,
    title: {
      ko: '할인율은 0~100%, 소수점 한 자리까지 가능합니다.',
      en: 'A discount is 0 to 100 percent with at most one decimal.',
    },
  },
  item_without_price: {
    status: 422,
    title: {
      ko: '판매하는 상품의 판매가는 1원 이상이어야 합니다.',
      en: 'An item that customers can see must cost at least 1 won.',
    },
  },
  stock_below_held: {
    status: 409,
    title: {
      ko: '결제를 기다리는 주문이 잡아 둔 수량보다 재고를 줄일 수 없습니다.',
      en: 'Stock cannot go below the pieces held for waiting orders.',
    },
  },
  notice_importer_of_domestic: {
    status: 422,
    title: {
      ko: '수입업소와 제조국, 수입신고는 수입 제품에만 적습니다. 국내 제조와 수입 가운데 먼저 고르세요.',
      en: 'Only what is imported has an importer, a country and a declaration. Please say first that it is imported.',
    },
  },
  notice_phone_invalid: {
    status: 422,
    title: {
      ko: '소비자상담 전화번호는 8~20자의 숫자와 + ( ) - 만 쓸 수 있습니다.',
      en: 'The telephone number has 8 to 20 digits, spaces and + ( ) -.',
    },
  },
  stock_too_large: {
    status: 422,
    title: { ko: '재고 수량이 너무 큽니다.', en: 'That is more stock than can be recorded.' },
  },
} satisfies ProblemCatalog
