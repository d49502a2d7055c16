import { titles } from '../../frame/titles.ts'
import { inBoth } from '../../words/language.ts'

const n = new Intl.NumberFormat('ko-KR')

/** The words of the walk to the hold shelf. */
export const pullWords = inBoth(
  {
    title: titles.toPull.ko,
    lead: '청구기호 순서대로 찾아 예약 서가에 놓고 바코드를 스캔하세요. 데스크에서 반납을 스캔한 책은 이미 손에 있으므로 여기에 나오지 않습니다.',
    print: '목록 인쇄',
    field: '책 바코드',
    fieldHint: '예약 서가에 놓은 책을 스캔하거나 입력하고 Enter',
    unreadable: (text: string) => `책 바코드가 아닙니다: ${text}`,
    ready: '스캔을 기다리고 있습니다',
    shelved: (card: string) => `${card} 님의 확인증을 끼워 예약 서가에`,
    until: (day: string) => `${day}까지 보관`,
    takenDown: '기다리는 사람이 없습니다 — 원래 서가로',
    found: (shown: number, all: number) =>
      shown === all ? `모두 ${n.format(all)}권` : `${n.format(all)}권 가운데 먼저 ${n.format(shown)}권`,
    nothing: '찾을 책이 없습니다.',
    list: '찾을 책',
    task: '할 일',
    tasks: { pull: '서가에서 찾기', relabel: '확인증 바꾸기', take_down: '예약 서가에서 빼기' },
    callNumber: '청구기호',
    book: '제목',
    barcode: '바코드',
    card: '회원증',
    keptUntil: '보관 기한',
    put: '놓았음',
    takeDown: '뺐음',
    missing: '없음',
    missingTitle: '책을 찾지 못했나요?',
    missingText: (title: string, barcode: string) =>
      `${title} (${barcode})을(를) 분실로 표시합니다. 다른 책이 있으면 그 책을 보관하고, 없으면 예약자는 같은 순서로 다시 기다리며 그렇게 안내받습니다.`,
    missingServed: '분실로 표시했습니다. 다른 책이 목록에 올랐습니다.',
    missingWaiting: '분실로 표시했습니다. 예약자는 같은 순서로 다시 기다립니다.',
  },
  {
    title: titles.toPull.en,
    lead: 'Walk by call number, put each on the hold shelf, and scan its barcode. What was returned by a scan at the desk is in your hand already and not listed.',
    print: 'Print list',
    field: 'Barcode of the book',
    fieldHint: 'Scan what you have put on the hold shelf, or type it and press Enter',
    unreadable: (text) => `This is no barcode of a book: ${text}`,
    ready: 'Ready to scan',
    shelved: (card) => `To the hold shelf, with the slip of ${card}`,
    until: (day) => `Kept until ${day}`,
    takenDown: 'Nobody waits for it — back to its place',
    found: (shown, all) =>
      shown === all ? `${n.format(all)} in all` : `The first ${n.format(shown)} of ${n.format(all)}`,
    nothing: 'There is nothing to pull.',
    list: 'Books to pull',
    task: 'To do',
    tasks: { pull: 'Pull', relabel: 'Change slip', take_down: 'Take down' },
    callNumber: 'Call number',
    book: 'Title',
    barcode: 'Barcode',
    card: 'Card',
    keptUntil: 'Kept until',
    put: 'Put there',
    takeDown: 'Taken down',
    missing: 'Not there',
    missingTitle: 'Is it not to be found?',
    missingText: (title, barcode) =>
      `Marks ${title} (${barcode}) as lost. Another free copy takes its place; without one the member waits again, in their old place, and is told so.`,
    missingServed: 'Marked as lost. Another copy is on the list.',
    missingWaiting: 'Marked as lost. The member waits again, in their old place.',
  },
)
