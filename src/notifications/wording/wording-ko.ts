import { carrierName } from './carriers.ts'
import type { NoticeData, NoticeKind, Update } from './notice.ts'
import { amount, day, dayOf, moment, type Wording } from './wording.ts'

type Order = Pick<NoticeData['payment_done'], 'orderNumber' | 'otherItems'>
type Fact = readonly [string, string]

const won = (money: number) => amount(money, 'ko')
const on = (date: string) => day(date, 'ko')
const at = (instant: string) => moment(instant, 'ko')
const by = (carrier: string) => carrierName(carrier, 'ko')

const named = (item: string | undefined) => item ?? '정기배송 상품'
const book = (title: string | undefined) => title ?? '빌리신 책'
const orderFacts = ({ orderNumber, otherItems }: Order, item: string | undefined): Fact[] => [
  ...(orderNumber === null ? [] : ([['주문 번호', orderNumber]] as const)),
  ...(item === undefined
    ? []
    : ([['상품', otherItems === 0 ? item : `${item} 외 ${otherItems}건`]] as const)),
]
const itemsOf = ({ otherItems }: Pick<Order, 'otherItems'>, item: string | undefined) =>
  item === undefined ? '' : `: ${otherItems === 0 ? item : `${item} 외 ${otherItems}건`}`
const cycleFacts = (item: string | undefined, cycle: { cycleNo: number; due: string }): Fact[] => [
  ['상품', named(item)],
  ['회차', `${cycle.cycleNo}회차`],
  ['결제 예정일', on(cycle.due)],
]

type ReturnNews = NoticeData['return_news']['news']
const returnTitles: Readonly<Record<ReturnNews, (what: string) => string>> = {
  requested: (what) => `${what} 신청을 접수했습니다`,
  approved: (what) => `${what} 신청이 승인되었습니다`,
  refused: (what) => `${what} 신청을 받아들일 수 없습니다`,
  received: (what) => `${what} 상품이 도착했습니다`,
  exchanged: () => '교환 상품을 보내 드렸습니다',
}
const returnSentences: Readonly<Record<ReturnNews, (what: string) => string>> = {
  requested: () => '확인한 뒤 결과를 알려 드리겠습니다. 접수 전까지는 마이페이지에서 취소하실 수 있습니다.',
  approved: () => '상품을 다시 포장해 보내 주세요. 도착하면 바로 처리해 드리겠습니다.',
  refused: () => '아래 사유로 처리하지 못했습니다. 궁금한 점은 고객센터로 알려 주세요.',
  received: (what) =>
    what === '반품'
      ? '보내 주신 상품을 받았습니다. 환불이 끝나면 다시 알려 드리겠습니다.'
      : '보내 주신 상품을 받았습니다. 교환 상품을 곧 보내 드리겠습니다.',
  exchanged: () => '아래 운송장 번호로 배송을 확인하실 수 있습니다.',
}

const cancelReasons: Readonly<Record<string, string>> = {
  customer_wish: '고객님께서 해지를 요청하셨습니다.',
  account_withdrawn: '회원 탈퇴로 해지되었습니다.',
  item_discontinued: '상품 판매가 종료되었습니다.',
  merchant_decision: '판매자 사정으로 해지되었습니다.',
  order_refunded: '첫 주문이 환불되어 해지되었습니다.',
  tries_used_up: '여러 차례 시도했으나 결제가 승인되지 않았습니다.',
  no_new_method: '기한까지 새 결제 수단이 등록되지 않았습니다.',
}

const notSent: {
  readonly [R in NoticeData['delivery_skipped']['reason']]: {
    title(item: string): string
    sentence(cycleNo: number): string
  }
} = {
  out_of_stock: {
    title: (item) => `품절로 이번 배송을 보내 드리지 못합니다: ${item}`,
    sentence: (cycleNo) => `상품이 일시 품절되어 ${cycleNo}회차 배송을 준비하지 못했습니다. 죄송합니다.`,
  },
  not_sold: {
    title: (item) => `판매하지 않는 상품이어서 이번 배송을 보내 드리지 못합니다: ${item}`,
    sentence: (cycleNo) =>
      `상품 판매가 중단되어 ${cycleNo}회차 배송을 준비하지 못했습니다. 판매가 다시 시작되면 정기배송이 이어지며, 마이페이지에서 언제든지 해지할 수 있습니다.`,
  },
  missed: {
    title: (item) => `보내 드리지 못한 배송이 있습니다: ${item}`,
    sentence: (cycleNo) =>
      `저희 사정으로 ${cycleNo}회차 결제와 배송을 제때 진행하지 못해 이 회차는 건너뜁니다. 죄송합니다.`,
  },
}

const loginProviders = { google: '구글', kakao: '카카오', naver: '네이버' } as const

const links: {
  readonly [P in NoticeData['account_link']['purpose']]: Pick<Wording, 'title' | 'sentences'>
} = {
  verify_email: {
    title: '이메일 주소를 확인해 주세요',
    sentences: [
      '이 이메일 주소로 회원 가입이 접수되었습니다. 아래 링크를 열어 확인하시면 주문과 결제 안내를 이 주소로 보내 드립니다.',
      '직접 가입하지 않으셨다면 아무것도 하지 않으셔도 됩니다. 이 주소로 더 이상 메일을 보내지 않습니다.',
    ],
  },
  reset_password: {
    title: '새 비밀번호를 정해 주세요',
    sentences: [
      '비밀번호를 다시 정하려는 요청이 있었습니다. 아래 링크를 열면 새 비밀번호를 정할 수 있고, 모든 기기에서 로그아웃됩니다.',
      '요청하지 않으셨다면 아무것도 하지 않으셔도 됩니다. 비밀번호는 그대로입니다.',
    ],
  },
  know_browser: {
    title: '로그인할 기기를 확인해 주세요',
    sentences: [
      '로그인 시도가 많아 잠시 막혀 있습니다. 로그인하려는 기기에서 아래 링크를 열면 그 기기에서는 바로 로그인할 수 있습니다.',
      '요청하지 않으셨다면 열지 마세요. 링크만으로는 아무도 로그인할 수 없습니다.',
    ],
  },
}

/** Every kind of message in Korean. `item` is the name of its (first) item, if it is still known. */
export const korean: {
  readonly [K in NoticeKind]: (data: NoticeData[K], item: string | undefined) => Wording
} = {
  payment_done: (data, item) => ({
    title: `결제가 완료되었습니다${itemsOf(data, item)} (${won(data.total)})`,
    sentences: ['주문하신 상품의 결제가 완료되었습니다. 준비되는 대로 보내 드리겠습니다.'],
    facts: [...orderFacts(data, item), ['결제 금액', won(data.total)], ['결제 일시', at(data.paidAt)]],
  }),
  order_expired: (data, item) => ({
    title: `결제 시간이 지나 주문이 취소되었습니다${itemsOf(data, item)}`,
    sentences: [
      '결제가 제한 시간 안에 완료되지 않아 주문이 자동으로 취소되었습니다. 청구된 금액은 없습니다.',
      '상품이 필요하시면 다시 주문해 주세요.',
    ],
    facts: [...orderFacts(data, item), ['취소 일시', at(data.expiredAt)]],
  }),
  order_shipped: (data, item) => ({
    title: `상품을 발송했습니다 (${by(data.carrier)} ${data.trackingNumber})`,
    sentences: [
      data.complete
        ? '주문하신 상품을 보냈습니다.'
        : '주문하신 상품 가운데 일부를 먼저 보냈습니다. 나머지는 준비되는 대로 보내 드리겠습니다.',
    ],
    facts: [
      ...orderFacts(data, item),
      ['택배사', by(data.carrier)],
      ['운송장 번호', data.trackingNumber],
      ['발송 일시', at(data.shippedAt)],
    ],
  }),
  order_delivered: (data, item) => ({
    title: data.counted ? '상품을 받으셨나요?' : '상품이 도착했습니다',
    sentences: data.counted
      ? [
          data.complete
            ? '보내 드린 지 여러 날이 지나 배송이 완료된 것으로 처리했습니다. 반품·교환 기간은 이날부터 셉니다.'
            : '보내 드린 상품 가운데 일부는 여러 날이 지나 배송이 완료된 것으로 처리했습니다. 반품·교환 기간은 나머지가 모두 도착한 날부터 셉니다.',
          '더 늦게 받으시면 받으신 날 주문 상세에서 "받았어요"를 눌러 주세요. 받지 못하셨다면 고객센터로 알려 주세요.',
        ]
      : [
          data.complete ? '주문하신 상품이 모두 도착했습니다.' : '주문하신 상품 가운데 일부가 도착했습니다.',
          '받지 못하셨다면 고객센터로 알려 주세요.',
        ],
    facts: [...orderFacts(data, item), ['배송 완료일', dayOf(data.deliveredAt, 'ko')]],
  }),
  refunded: (data, item) => ({
    title: `${data.full ? '환불이 완료되었습니다' : '일부 금액이 환불되었습니다'}${itemsOf(data, item)} (${won(data.amount)})`,
    sentences: ['결제하신 수단으로 환불되었습니다. 카드사에 따라 표시까지 며칠 걸릴 수 있습니다.'],
    facts: [...orderFacts(data, item), ['환불 금액', won(data.amount)], ['환불 일시', at(data.refundedAt)]],
  }),
  return_news: (data, item) => {
    const what = data.returnKind === 'return' ? '반품' : '교환'
    return {
      title: `${returnTitles[data.news](what)}${itemsOf(data, item)}`,
      sentences: [returnSentences[data.news](what)],
      facts: [
        ...orderFacts(data, item),
        ...(data.refusedFor === null ? [] : ([['사유', data.refusedFor]] as const)),
        ...(data.parcelFee === 0 ? [] : ([[`${what} 배송비(고객 부담)`, won(data.parcelFee)]] as const)),
        ...(data.parcel === null
          ? []
          : ([
              ['택배사', by(data.parcel.carrier)],
              ['운송장 번호', data.parcel.trackingNumber],
            ] as const)),
        ['일시', at(data.at)],
      ],
    }
  },
  subscription_started: (data, item) => ({
    title: `정기배송이 시작되었습니다: ${named(item)}`,
    sentences: [
      '정기 결제와 배송이 시작되었습니다. 다음 결제 전에 미리 알려 드립니다.',
      '건너뛰기, 일시 중지, 해지는 마이페이지에서 언제든지 하실 수 있습니다.',
      ...(data.needsMethod ? ['다음 결제를 위해 마이페이지에서 결제 수단을 등록해 주세요.'] : []),
    ],
    facts: [
      ['상품', named(item)],
      ['수량', `${data.quantity}개`],
      ['회차별 결제 금액', won(data.unitPrice * data.quantity)],
      ['주기', every(data.period)],
      ...(data.nextCharge === undefined ? [] : ([['다음 결제일', on(data.nextCharge)]] as const)),
    ],
  }),
  charge_upcoming: (data, item) => ({
    title: `${on(data.chargeOn ?? data.due)} 정기 결제 예정 (${won(data.amount)})`,
    sentences: [
      '곧 정기 결제가 이루어집니다.',
      ...(data.chargeOn !== undefined && data.chargeOn !== data.due
        ? [`안내가 늦어져 ${on(data.due)} 결제를 ${on(data.chargeOn)}로 미루었습니다. 죄송합니다.`]
        : []),
      '이번 회차를 건너뛰거나 변경하시려면 마이페이지에 표시된 마감 시각 전에 신청해 주세요.',
    ],
    facts: [...cycleFacts(item, data), ['결제 예정 금액', won(data.amount)]],
  }),
  delivery_in_doubt: (data, item) => ({
    title: `현재 판매 중이 아닌 상품입니다: ${data.cycleNo}회차 (${named(item)})`,
    sentences: [
      '다음 회차 상품이 현재 판매되지 않습니다. 판매되지 않는 동안에는 결제하지 않습니다.',
      data.ifNotSold === 'wait'
        ? '결제일에도 판매되지 않으면 이번 회차는 쉬고, 다시 판매되면 정기 구독이 이어집니다.'
        : '결제일에도 판매되지 않으면 정기 구독이 종료됩니다.',
      '그 전에 다시 판매되면 결제일을 먼저 알려 드리겠습니다.',
    ],
    facts: cycleFacts(item, { ...data, due: data.chargeOn ?? data.due }),
  }),
  charged: (data, item) => ({
    title: `정기 결제가 완료되었습니다: ${named(item)} (${won(data.amount)})`,
    sentences: [`${data.cycleNo}회차 정기 결제가 완료되었습니다. 준비되는 대로 보내 드리겠습니다.`],
    facts: [
      ...(data.orderNumber ? ([['주문 번호', data.orderNumber]] as const) : []),
      ...cycleFacts(item, data),
      ['결제 금액', won(data.amount)],
    ],
  }),
  charge_failed: (data, item) =>
    data.waitingFor === 'retry'
      ? {
          title: `정기 결제가 승인되지 않았습니다: ${named(item)}`,
          sentences: [
            `${data.cycleNo}회차 정기 결제가 승인되지 않았습니다. ${at(data.until)}에 자동으로 다시 시도합니다.`,
            '잔액이나 한도를 확인해 주시거나 마이페이지에서 결제 수단을 바꾸어 주세요.',
          ],
          facts: [...cycleFacts(item, data), ['결제 금액', won(data.amount)], ['다음 시도', at(data.until)]],
        }
      : {
          title: `새 결제 수단이 필요합니다: ${named(item)}`,
          sentences: [
            `등록하신 결제 수단으로 ${data.cycleNo}회차를 결제할 수 없습니다. 마이페이지에서 새 결제 수단을 등록해 주세요.`,
            `${at(data.until)}까지 등록되지 않으면 정기배송이 해지됩니다.`,
          ],
          facts: [...cycleFacts(item, data), ['결제 금액', won(data.amount)], ['등록 기한', at(data.until)]],
        },
  delivery_skipped: (data, item) => ({
    title: notSent[data.reason].title(named(item)),
    sentences: [
      notSent[data.reason].sentence(data.cycleNo),
      '이 회차로 청구된 금액은 없으며, 따로 하실 일은 없습니다.',
    ],
    facts: cycleFacts(item, data),
  }),
  subscription_cancelled: (data, item) => ({
    title: `정기배송이 해지되었습니다: ${named(item)}`,
    sentences: [
      cancelReasons[data.reason] ?? '정기배송이 해지되었습니다.',
      '앞으로 이 정기배송으로 결제되는 금액은 없습니다.',
    ],
    facts: [
      ['상품', named(item)],
      ['해지 일시', at(data.at)],
    ],
  }),
  account_link: ({ purpose, expiresAt }) => ({
    ...links[purpose],
    facts: [['링크 사용 기한', at(expiresAt)]],
  }),
  question_answered: (data, item) => ({
    title: `문의에 답변이 등록되었습니다${item === undefined ? '' : `: ${item}`}`,
    sentences: ['남겨 주신 문의에 판매자가 답변했습니다. 마이페이지의 내 문의에서 확인해 주세요.'],
    facts: [...(item === undefined ? [] : ([['상품', item]] as const)), ['답변 일시', at(data.at)]],
  }),
  method_added: (data) => ({
    title: '결제 수단이 등록되었습니다',
    sentences: [
      '회원님의 계정에 새 결제 수단이 등록되어 정기결제에 사용할 수 있습니다.',
      '직접 등록하지 않으셨다면 마이페이지의 결제 수단에서 삭제하고 비밀번호를 변경해 주세요.',
    ],
    facts: [['등록 일시', at(data.at)]],
  }),
  login_unlinked: (data) => ({
    title: `${loginProviders[data.provider]} 로그인 연결이 끊어졌습니다`,
    sentences: [
      `${loginProviders[data.provider]}에서 연결이 끊어져 더 이상 이 방법으로 로그인할 수 없고, 모든 기기에서 로그아웃되었습니다. 주문과 정기배송은 그대로입니다.`,
      data.lastWayIn
        ? '다른 로그인 방법이 없어 새 비밀번호를 정하는 링크를 따로 보내 드립니다.'
        : '다른 로그인 방법으로 계속 이용하실 수 있습니다.',
    ],
    facts: [['끊어진 일시', at(data.at)]],
  }),
  price_change_proposed: (data, item) => ({
    title: `정기배송 가격 변경 안내: ${named(item)}`,
    sentences: [
      `한 개당 가격이 ${won(data.unitPrice)}으로 변경될 예정입니다.`,
      '마이페이지에서 동의하시기 전까지는 기존 가격으로 결제됩니다.',
    ],
    facts: [
      ['상품', named(item)],
      ['새 가격(한 개)', won(data.unitPrice)],
    ],
  }),
  subscription_updated: ({ update, from }, item) => ({
    title: `정기배송이 변경되었습니다: ${named(item)}`,
    sentences: [
      ...updated(update),
      ...(update.what === 'price_kept'
        ? []
        : ['직접 변경하지 않으셨다면 마이페이지에서 확인하시고 고객센터로 알려 주세요.']),
    ],
    facts: [['상품', named(item)], ...(from === null ? [] : ([['적용되는 첫 결제', on(from)]] as const))],
  }),
  hold_ready: (data, item) => ({
    title: `예약하신 책이 준비되었습니다: ${book(item)}`,
    sentences: [
      `${at(data.until)}까지 예약 서가에 보관합니다. 그때까지 찾아가 주세요.`,
      '기한이 지나면 다음 분께 넘어갑니다.',
    ],
    facts: [
      ['도서', book(item)],
      ['보관 기한', at(data.until)],
    ],
  }),
  hold_expired: (_, item) => ({
    title: `예약이 취소되었습니다: ${book(item)}`,
    sentences: ['보관 기한 안에 찾아가지 않으셔서 예약이 취소되었습니다. 필요하시면 다시 예약해 주세요.'],
    facts: [['도서', book(item)]],
  }),
  hold_requeued: (_, item) => ({
    title: `예약하신 책을 다시 기다려 주세요: ${book(item)}`,
    sentences: [
      '보관해 드리려던 책을 서가에서 찾지 못했습니다. 죄송합니다.',
      '예약 순서는 그대로입니다. 다음 책이 준비되면 바로 알려 드리겠습니다.',
    ],
    facts: [['도서', book(item)]],
  }),
  loan_due_soon: (data, item) => ({
    title: `곧 반납일입니다: ${book(item)}`,
    sentences: ['빌리신 책의 반납일이 다가왔습니다. 더 읽으시려면 내 서재에서 연장할 수 있습니다.'],
    facts: [
      ['도서', book(item)],
      ['반납하실 책', `${data.copies}권`],
      ['반납 예정일', on(data.dueOn)],
    ],
  }),
  loan_overdue: (data, item) => ({
    title: `반납일이 지났습니다: ${book(item)}`,
    sentences: ['빌리신 책의 반납일이 지났습니다. 연체료가 늘지 않도록 빨리 반납해 주세요.'],
    facts: [
      ['도서', book(item)],
      ['반납하실 책', `${data.copies}권`],
      ['반납 예정일', on(data.dueOn)],
    ],
  }),
  loan_returned: (data, item) => ({
    title: `반납되었습니다: ${book(item)} (${data.returned}권)`,
    sentences: [
      data.out === 0 ? '빌리신 책이 모두 반납되었습니다.' : `아직 ${data.out}권을 가지고 계십니다.`,
      ...(data.lateDays === 0
        ? []
        : [`반납일을 ${data.lateDays}일 넘겨 연체료 ${won(data.fee)}이 부과되었습니다.`]),
    ],
    facts: [
      ['도서', book(item)],
      ['반납 권수', `${data.returned}권`],
      ['반납 일시', at(data.returnedAt)],
      ...(data.fee === 0 ? [] : ([['연체료', won(data.fee)]] as const)),
    ],
  }),
  loan_cancelled: (data, item) => ({
    title: `대출이 이루어지지 않았습니다: ${book(item)}`,
    sentences: [
      data.reason === 'out_of_stock'
        ? '신청하신 사이에 빌릴 수 있는 책이 없어졌습니다. 예약하시면 책이 들어올 때 알려 드립니다.'
        : '제때 확인하지 못해 대출 신청이 취소되었습니다. 죄송하지만 다시 신청해 주세요.',
    ],
    facts: [['도서', book(item)]],
  }),
}

const every = ({ unit, count }: { unit: 'days' | 'months'; count: number }) =>
  `${count}${unit === 'days' ? '일' : '개월'}`

function updated(update: Update): string[] {
  switch (update.what) {
    case 'quantity':
      return [`수량이 ${update.quantity}개로 변경되었습니다.`]
    case 'period':
      return [`배송 주기가 ${every(update.period)}로 변경되었습니다.`]
    case 'receiver':
      return ['받는 분 정보가 변경되었습니다.']
    case 'payment_method':
      return ['결제 수단이 변경되었습니다.']
    case 'price':
      return [`한 개당 가격이 ${won(update.unitPrice)}으로 변경되었습니다.`]
    case 'price_kept':
      return [
        `안내해 드렸던 가격 변경(${won(update.unitPrice)})은 이루어지지 않습니다. 기존 가격이 유지됩니다.`,
      ]
    case 'skipped':
      return [`${on(update.due)} 결제 예정이던 ${update.cycleNo}회차를 건너뜁니다.`]
    case 'unskipped':
      return [`${on(update.due)} 결제 예정인 ${update.cycleNo}회차를 다시 보내 드립니다.`]
    case 'paused':
      return [
        update.until === null
          ? `${on(update.from)}부터 정기배송을 일시 중지합니다. 다시 시작하실 때까지 결제되지 않습니다.`
          : `${on(update.from)}부터 ${on(update.until)}까지 정기배송을 일시 중지합니다.`,
      ]
    case 'resumed':
      return ['정기배송을 다시 시작합니다.']
  }
}
