import { inBoth } from '../words/language.ts'

const n = new Intl.NumberFormat('ko-KR')

/** The words of the table in which many items are changed. */
export const tableWords = inBoth(
  {
    title: '상품표로 한꺼번에 고치기',
    back: '상품 목록',
    lead: '표를 내려받아 판매상태, 정가, 할인율, 과세구분, 재고증감 칸이나 고시 정보 칸을 고친 뒤 올리세요. 먼저 무엇이 바뀌는지 보여 드리고, 확인해야 바뀝니다.',
    out: '1. 표 내려받기',
    keyword: '이름, 브랜드, 품목제조번호',
    status: '상태',
    all: '전체',
    kind: '표에 담을 내용',
    kinds: { offer: '가격과 재고', notice: '상품정보제공고시' },
    notice: '고시 정보',
    noticeTurns: (count: number) => `고시 정보가 바뀌는 상품 ${n.format(count)}개`,
    found: (count: number) => `상품 ${n.format(count)}개`,
    save: (part: number, parts: number) =>
      parts === 1 ? '표 내려받기' : `${n.format(part)}/${n.format(parts)}번째 표 내려받기`,
    part: '몇 번째 표',
    partHint: (rows: number) => `표 하나에 ${n.format(rows)}개까지 들어갑니다.`,
    in: '2. 고친 표 올리기',
    reason: '사유 (재고 내역에 남습니다)',
    forms: { xlsx: '엑셀', csv: 'CSV' },
    file: '고친 표 (XLSX, CSV)',
    fileHint: '엑셀 파일이나 CSV, 1,000줄까지. 빈 칸은 그대로 둡니다.',
    preview: '무엇이 바뀌는지 보기',
    reading: '읽는 중…',
    told: (rows: number, changes: number) =>
      `${n.format(rows)}줄 가운데 ${n.format(changes)}개 상품이 바뀝니다. 아직 아무것도 바뀌지 않았습니다.`,
    nothing: (rows: number) => `${n.format(rows)}줄을 읽었지만 바뀌는 상품이 없습니다.`,
    wrong: (shown: number, all: number) =>
      shown === all
        ? `${n.format(all)}줄에 틀린 곳이 있어 아무것도 바꾸지 않았습니다. 표를 고쳐서 다시 올리세요.`
        : `${n.format(all)}줄에 틀린 곳이 있어 아무것도 바꾸지 않았습니다. 먼저 ${n.format(shown)}줄을 보여 드립니다.`,
    apply: (count: number) => `${n.format(count)}개 상품 바꾸기`,
    applyTitle: '표대로 바꿀까요?',
    applySays: (count: number) =>
      `상품 ${n.format(count)}개를 표대로 바꿉니다. 전부 바뀌거나 전혀 바뀌지 않습니다.`,
    prices: (count: number) =>
      `판매가가 바뀌는 상품 ${n.format(count)}개. 이미 한 주문과 약정한 정기배송은 그대로입니다.`,
    hidden: (count: number) => `고객에게 보이지 않게 되는 상품 ${n.format(count)}개`,
    pieces: (added: number, taken: number) => `재고 증가 ${n.format(added)}개, 감소 ${n.format(taken)}개`,
    done: (count: number) => `${n.format(count)}개 상품을 바꿨습니다.`,
    row: '줄',
    problem: '문제',
    name: '상품명',
    originPrice: '정가',
    discount: '할인율',
    realPrice: '판매가',
    onHand: '재고',
    changes: '바뀌는 상품',
    problems: '틀린 줄',
  },
  {
    title: 'Change many items by a table',
    back: 'Items',
    lead: 'Download the table, change its cells in status, price, discount, tax and stock change, or those of the notice, and bring it back. You see first what would change; it is done when you confirm.',
    out: '1. Download the table',
    keyword: 'Name, brand or statement number',
    status: 'Status',
    all: 'All',
    kind: 'What the table has',
    kinds: { offer: 'Prices and stock', notice: 'Notice on information of goods' },
    notice: 'Notice',
    noticeTurns: (count) => `The notice of ${n.format(count)} items changes`,
    found: (count) => `${n.format(count)} items`,
    save: (part, parts) =>
      parts === 1 ? 'Download the table' : `Download table ${n.format(part)} of ${n.format(parts)}`,
    part: 'Which table',
    partHint: (rows) => `A table has at most ${n.format(rows)} items.`,
    in: '2. Bring the changed table',
    reason: 'Reason (stays in the history of stock)',
    forms: { xlsx: 'XLSX', csv: 'CSV' },
    file: 'The changed table (XLSX, CSV)',
    fileHint: 'A workbook or CSV, up to 1,000 rows. Empty cells change nothing.',
    preview: 'See what would change',
    reading: 'Reading…',
    told: (rows, changes) =>
      `${n.format(changes)} items change by ${n.format(rows)} rows. Nothing has been changed yet.`,
    nothing: (rows) => `${n.format(rows)} rows were read, and no item changes.`,
    wrong: (shown, all) =>
      shown === all
        ? `${n.format(all)} rows are wrong, so nothing was changed. Correct the table and bring it again.`
        : `${n.format(all)} rows are wrong, so nothing was changed. The first ${n.format(shown)} are shown.`,
    apply: (count) => `Change ${n.format(count)} items`,
    applyTitle: 'Change them as the table says?',
    applySays: (count) => `${n.format(count)} items change as the table says: all of them, or none.`,
    prices: (count) =>
      `${n.format(count)} prices change. Orders that were placed and subscriptions keep theirs.`,
    hidden: (count) => `${n.format(count)} items are not shown to customers any more`,
    pieces: (added, taken) => `Stock: ${n.format(added)} pieces more, ${n.format(taken)} less`,
    done: (count) => `${n.format(count)} items are changed.`,
    row: 'Row',
    problem: 'Problem',
    name: 'Name',
    originPrice: 'List price',
    discount: 'Discount',
    realPrice: 'Price',
    onHand: 'On hand',
    changes: 'Items that change',
    problems: 'Wrong rows',
  },
)
