import { type Shopper, textOf } from './shopper.ts'

interface DemoQuestion {
  body: string
  isPrivate?: true
  /** Without one it waits in the merchant's work list. */
  answer?: string
}

/**
 * What people of the demo ask, of how it is to take it, how it comes and how it is paid. As with their reviews, nothing
 * about what it does to anybody's health: an answer would be an advertisement that shops may not make.
 */
export const QUESTIONS: readonly DemoQuestion[] = [
  {
    body: '하루에 몇 번, 몇 알씩 먹어야 하나요?',
    answer:
      '안녕하세요, 필리버리입니다.\n섭취량과 섭취 방법은 상품 화면의 상세정보와 포장에 적힌 대로 지켜 주세요. 물과 함께 드시면 됩니다.',
  },
  {
    body: '소비기한이 얼마나 남은 제품이 오나요? 선물하려고 합니다.',
    answer:
      '소비기한이 6개월 이상 남은 제품만 보내 드리고 있습니다. 받으신 뒤 포장 아래쪽에서 확인하실 수 있습니다.',
  },
  {
    body: '정기배송으로 신청했다가 한 번만 건너뛸 수 있나요?',
    answer:
      '네, 마이페이지의 정기배송에서 다음 배송을 건너뛸 수 있습니다. 결제 예정일 전까지 바꾸시면 이번 회차는 결제되지 않습니다.',
  },
  {
    body: '아이스팩 없이 상온으로 오나요? 여름에도 괜찮은지 궁금해요.',
    answer:
      '상온 보관 제품이라 아이스팩 없이 보내 드립니다. 받으신 뒤에는 직사광선을 피해 서늘한 곳에 두세요.',
  },
  {
    body: '주문하면서 연락처를 잘못 적었습니다. 바꿔 주실 수 있나요?',
    isPrivate: true,
    answer:
      '발송 전이라 바꿔 드릴 수 있습니다. 마이페이지의 주문에서 취소하신 뒤 다시 주문하시거나 고객센터로 전화해 주세요.',
  },
  { body: '알 크기가 어느 정도인가요? 큰 알약은 삼키기 어려워서요.' },
  {
    body: '두 통을 같이 사면 한 상자로 오나요?',
    answer: '네, 같은 날 주문하신 상품은 한 상자로 묶어 보내 드립니다.',
  },
  {
    body: '부모님 댁으로 바로 보내려고 하는데 가격표가 들어 있나요?',
    answer:
      '상자에는 상품만 들어 있고 금액이 적힌 종이는 넣지 않습니다. 받는 분 주소에 부모님 댁을 적어 주세요.',
  },
  { body: '캡슐이 식물성인가요? 원재료에 젤라틴이 들어 있는지 알고 싶습니다.' },
  {
    body: '오후 1시에 주문하면 언제 받을 수 있을까요?',
    answer: '평일 오후 2시까지 결제하시면 그날 보내 드리고, 보통 다음 날 도착합니다.',
  },
  { body: '개봉한 뒤에는 며칠 안에 먹어야 하나요?' },
  { body: '지난달 주문의 영수증을 회사 이름으로 다시 받을 수 있나요?', isPrivate: true },
]

/** How many of the best sold items are asked about. */
const ASKED_ABOUT = 4

/** Everybody asks in turn, and the merchant answers what there is an answer to. */
export async function askAndAnswer(
  people: readonly Shopper[],
  merchant: Shopper,
  items: readonly string[],
): Promise<void> {
  for (const [place, { body, isPrivate = false, answer }] of QUESTIONS.entries()) {
    const itemId = items[place % Math.min(ASKED_ABOUT, items.length)]
    const asked = await people[place % people.length]?.ask('POST', '/api/questions', {
      itemId,
      body,
      isPrivate,
    })
    if (!asked || answer === undefined) continue
    await merchant.ask('PUT', `/api/admin/questions/${textOf(asked, 'id')}/answer`, {
      version: 1,
      body: answer,
    })
  }
}
