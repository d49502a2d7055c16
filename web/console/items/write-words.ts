import { inBoth } from '../words/language.ts'

const n = new Intl.NumberFormat('ko-KR')

/** The words of entering an item and of writing its texts. */
export const writeWords = inBoth(
  {
    add: '상품 등록',
    back: '상품 목록',
    backToItem: '상품으로',
    lead: '공공데이터로 들어오지 않은 상품을 직접 등록합니다.',
    becomes:
      '등록한 상품은 숨김 상태이고 가격과 재고가 없습니다. 등록한 뒤 가격과 재고를 넣고 판매 중으로 바꾸면 고객에게 보입니다.',
    statementNumber: '품목제조번호',
    statementHint: '숫자 12~15자리. 상품마다 하나뿐입니다.',
    enter: '숨김 상태로 등록',
    entered: (name: string) => `${name}을(를) 등록했습니다. 가격과 재고를 넣어 주세요.`,
    seeKnown: '이미 등록된 상품 보기',
    write: '상품 설명 고치기',
    writeLead:
      '공공데이터로 들어온 상품이라면, 다음에 가져올 때 여기서 쓴 내용보다 공공데이터가 우선합니다. 주된 기능성에 따라 분류가 정해집니다.',
    save: (count: number) => `${n.format(count)}개 항목 저장`,
    saved: '저장했습니다',
    changes: '바뀌는 내용',
    noChanges: '바뀌는 내용이 없습니다.',
    field: '항목',
    before: '전',
    after: '후',
    empty: '(없음)',
    changedMeanwhile: '다른 사람이 먼저 고쳤습니다. 지금 내용을 불러왔으니 확인하고 다시 쓰세요.',
    fields: {
      name: '상품명',
      enterprise: '브랜드 (업소명)',
      mainFunction: '주된 기능성',
      servingUse: '섭취방법',
      intakeHint: '섭취 시 주의사항',
      distributionPeriod: '소비기한',
      appearance: '성상',
      preservation: '보관방법',
      baseStandard: '기준규격',
      rawMaterials: '원재료',
      shape: '제형',
    },
  },
  {
    add: 'New item',
    back: 'Items',
    backToItem: 'The item',
    lead: 'Enter an item that the public register did not bring.',
    becomes:
      'It will be hidden, without price and stock. Customers see it once you have set these and put it on sale.',
    statementNumber: 'Statement number',
    statementHint: '12 to 15 digits. No two items have the same.',
    enter: 'Enter it, hidden',
    entered: (name) => `${name} is entered. Set its price and stock.`,
    seeKnown: 'See the item that has this number',
    write: 'Write the texts',
    writeLead:
      'For an item of the public register, the next import goes before what is written here. The main function decides the categories.',
    save: (count) => `Save ${n.format(count)} changed`,
    saved: 'Saved',
    changes: 'What changes',
    noChanges: 'Nothing changes.',
    field: 'Text',
    before: 'Before',
    after: 'After',
    empty: '(empty)',
    changedMeanwhile:
      'Somebody else has changed it. The texts are loaded anew; look at them and write again.',
    fields: {
      name: 'Name',
      enterprise: 'Brand',
      mainFunction: 'Main function',
      servingUse: 'How to take it',
      intakeHint: 'Cautions',
      distributionPeriod: 'Best before',
      appearance: 'Appearance',
      preservation: 'Storage',
      baseStandard: 'Standards',
      rawMaterials: 'Ingredients',
      shape: 'Form',
    },
  },
)
