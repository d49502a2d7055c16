import { inBoth } from '../../words/language.ts'

const n = new Intl.NumberFormat('ko-KR')

export const packingWords = inBoth(
  {
    print: '포장 명세서 인쇄',
    pickTitle: '꺼낼 상품',
    slipTitle: '포장 명세서',
    orders: (count: number) => `주문 ${n.format(count)}건`,
    item: '상품',
    pieces: '수량',
    receiver: '받는 분',
    address: '주소',
    note: '배송 메모',
    placed: '주문일',
    total: '합계',
  },
  {
    print: 'Print packing slips',
    pickTitle: 'To be fetched',
    slipTitle: 'Packing slip',
    orders: (count) => (count === 1 ? 'One order' : `${n.format(count)} orders`),
    item: 'Item',
    pieces: 'Pieces',
    receiver: 'Receiver',
    address: 'Address',
    note: 'Delivery note',
    placed: 'Ordered on',
    total: 'Total',
  },
)
