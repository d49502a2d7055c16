/** People of the demo who buy and review; nobody can sign in as one of them. */
export const REVIEWERS = ['새벽산책', '비타민러버', '두아이엄마', '주말등산', '튼튼이', '오후세시'] as const

/**
 * What they say, of how it is to take it and how it came. Nothing about what it did to their health: shops may not
 * advertise health functional food with that, also not through reviews they write themselves.
 */
export const OPINIONS: readonly { stars: number; body: string }[] = [
  { stars: 5, body: '알이 작아서 목넘김이 편해요. 아침마다 챙겨 먹고 있습니다.' },
  { stars: 5, body: '배송이 빠르고 포장이 꼼꼼했어요. 소비기한도 넉넉하게 남아 있네요.' },
  { stars: 4, body: '맛이 무난해서 꾸준히 먹기 좋아요. 통이 조금 더 작았으면 합니다.' },
  { stars: 5, body: '부모님 선물로 샀는데 설명서가 알아보기 쉽다고 좋아하세요.' },
  { stars: 3, body: '특유의 향이 조금 있어요. 물을 넉넉히 마시면 괜찮습니다.' },
  { stars: 5, body: '정기배송으로 바꿨더니 떨어질 걱정이 없어서 편해요.' },
  { stars: 4, body: '한 포씩 나뉘어 있어서 가지고 다니기 좋아요.' },
  { stars: 5, body: '세 번째 재구매예요. 늘 같은 품질이라 믿고 삽니다.' },
  { stars: 4, body: '가격 대비 용량이 넉넉해요. 뚜껑이 잘 닫혀서 좋습니다.' },
  { stars: 2, body: '저한테는 알이 좀 컸어요. 삼키기 어려우신 분은 참고하세요.' },
  { stars: 5, body: '달지 않아서 좋고 하루 한 번이라 잊지 않고 먹게 돼요.' },
  { stars: 4, body: '상자가 살짝 눌려 왔지만 내용물은 멀쩡했어요. 문의에 답이 빨랐습니다.' },
]
