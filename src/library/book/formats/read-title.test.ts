import { describe, expect, it } from 'vitest'
import type { ReadTitle } from './exchanged-title.ts'
import { readIso2709 } from './iso2709.ts'
import { iso2709, type Line, TOJI, without } from './kormarc.fixture.ts'
import { titleOfRecord } from './read-title.ts'

function read(
  lines: readonly Line[],
  { unclassed, leader }: { unclassed?: string; leader?: string } = {},
): ReadTitle {
  const found = readIso2709(iso2709(lines, leader === undefined ? {} : { leader }), 'auto')
  if (found.kind !== 'record') throw new Error(found.damage)
  return titleOfRecord(found.record, { unclassed })
}
/** The title of a record with these fields beside a class and, where none is given, a title. */
function title(...lines: readonly Line[]) {
  const whole = lines.some((line) => line.startsWith('245')) ? lines : ['245 00 $a책', ...lines]
  const found = read(['056 ## $a800', ...whole])
  if (found.kind !== 'title') throw new Error(found.code)
  return found.title
}
const doubts = (...lines: readonly Line[]) => {
  const found = read(['245 00 $a책', ...lines])
  return found.kind === 'title' ? found.doubts.map(({ code, about }) => `${code} ${about}`) : found.code
}

describe('a record of KORMARC', () => {
  it('is a title with its copies', () => {
    expect(read(TOJI)).toEqual({
      kind: 'title',
      doubts: [],
      title: {
        title: '토지 : 대하소설. 1',
        author: '박경리',
        publisher: '샘물문고',
        year: 2012,
        isbn: '9791188000005',
        callNumber: '813.6 박14ㅌ 1',
        kdc: '813.6',
        cover: 'https://covers.example.kr/toji-1.jpg',
        series: '',
        seriesVolume: '',
        edition: '',
        extent: '478 p.',
        subjects: '한국 현대 소설[韓國現代小說]',
        barcodes: ['EM0000012345', 'EM0000012346'],
        copies: null,
      },
    })
  })

  it.each([
    ['245 00 $a토지 /$d박경리 지음', '토지'],
    ['245 00 $a토지 =$xLand', '토지'],
    ['245 00 $a조선왕조실록$h[전자자료] :$b한권으로 읽는 /$d박영규', '조선왕조실록 : 한권으로 읽는'],
    ['245 10 $aWar and peace.$nBook 1,$pThe guests /$cLeo Tolstoy', 'War and peace. Book 1, The guests'],
    ['245 00 $a왜? 어떻게!', '왜? 어떻게!'],
    ['245 00 $aA=', 'A='],
    ['245 00 $a 토지  상 ', '토지 상'],
  ])('%s is called %s', (line, expected) => expect(title(line).title).toBe(expected))

  it.each([
    [['100 1# $aOrwell, George,$d1903-1950.', '700 1# $a김병익.'], 'Orwell, George ; 김병익'],
    [['245 00 $a책 /$d조정래 지음 ;$e김철수 그림'], '조정래 ; 김철수'],
    [['245 00 $a책 /$c글: 이글 ; 옮긴이: 박옮김'], '이글 ; 박옮김'],
    [['700 1# $a한강', '700 1# $a톨스토이$t전쟁과 평화', '710 ## $a국립중앙도서관'], '한강 ; 국립중앙도서관'],
    [['100 1# $aKing, Martin Luther, Jr.'], 'King, Martin Luther, Jr.'],
    [['700 1# $a한강', '700 1# $a한강'], '한강'],
    [[], ''],
  ])('%j are by %s', (lines, expected) => expect(title(...lines).author).toBe(expected))

  it.each([
    ['260 ## $a서울 :$b샘물,$c2019.', '샘물', 2019],
    ['264 #1 $aSeoul :$bSaemmul,$c[2019?]', 'Saemmul', 2019],
    ['260 ## $b[발행처불명],$cc2019', '', 2019],
    ['260 ## $b[s.n.],$c단기 4288', '', 1955],
    ['260 ## $b샘물,$c단기 4288 [1955]', '샘물', 1955],
    ['264 #4 $c©2018', '', 2018],
    ['260 ## $b샘물,$c[19--]', '샘물', null],
    ['008 120315s2012    ulk           000 af kor  ', '', 2012],
    ['008 120315s19uu    ulk           000 af kor  ', '', null],
  ])('%s is published by %j in %j', (line, publisher, year) =>
    expect(title(line)).toMatchObject({ publisher, year }),
  )

  it.each([
    [['250 ## $a개정판 /$b김철수 옮김'], { edition: '개정판' }],
    [['250 ## $a2nd ed.'], { edition: '2nd ed.' }],
    [['300 ## $axii, 352 p.:$b삽화 ;$c23 cm'], { extent: 'xii, 352 p.' }],
    [['300 ## $a352 p. ;'], { extent: '352 p.' }],
    [
      ['650 #0 $aKorea$xHistory$y19th century.', '651 #0 $aHadong'],
      { subjects: 'Korea--History--19th century ; Hadong' },
    ],
    [['653 ## $a소설$a하동', '653 ## $a소설; 역사'], { subjects: '소설 ; 하동 ; 역사' }],
    [[], { edition: '', extent: '', subjects: '' }],
  ])('%j says %j', (lines, expected) => expect(title(...lines)).toMatchObject(expected))

  it.each([
    [['490 10 $a세계문학전집 ;$v12', '830 #0 $a세계문학전집 ;$v12'], '세계문학전집', '12'],
    [['490 00 $a(샘물문고 ;$v제3권)'], '샘물문고', '제3권'],
    [['490 0# $a(샘물문고)'], '샘물문고', ''],
    [['440 00 $a한국사 총서.$n2,$p조선 ;$v7'], '한국사 총서. 2, 조선', '7'],
    [['830 #0 $aOxford world’s classics ;$vno. 4.'], 'Oxford world’s classics', 'no. 4'],
    [['490 1# $a세계문학전집', '830 #0 $a세계문학전집 ;$v12.'], '세계문학전집', '12'],
    [['490 00 $a총서 =$aSeries ;$v7'], '총서', '7'],
    [['490 00 $v3', '440 #0 $a옛 총서'], '옛 총서', ''],
    [['490 1# $6880-01$aSegye munhak ;$v12', '880 1# $6490-01/$1$a세계문학 ;$v12'], '세계문학', '12'],
    [['245 00 $a책'], '', ''],
  ])('%j is of the series %j, number %j', (lines, series, seriesVolume) =>
    expect(title(...lines)).toMatchObject({ series, seriesVolume }),
  )

  it('is of one series, and of which others is said', () => {
    const lines = ['490 00 $a큰 총서 ;$v7.$a작은 총서 ;$v12', '490 00 $a셋째 총서', '490 00 $a큰 총서 ;$v7']
    expect(title(...lines)).toMatchObject({ series: '큰 총서', seriesVolume: '7' })
    expect(doubts('056 ## $a800', ...lines)).toEqual(['more_series 작은 총서', 'more_series 셋째 총서'])
    const long = `490 00 $a총서$v${'1'.repeat(51)}`
    expect(doubts('056 ## $a800', long)).toEqual(['shortened seriesVolume'])
  })

  it('has as many subjects as fit, which is said', () => {
    const lines = Array.from({ length: 40 }, (_, n) => `653 ## $a${String(n).padStart(30, '가')}`)
    expect(title(...lines).subjects.split(' ; ')).toHaveLength(30)
    expect(doubts('056 ## $a800', ...lines)).toEqual(['shortened subjects'])
  })

  it.each([
    [['020 ## $a8937460777 (v.1) :$c₩9800'], '9788937460777'],
    [['020 ## $a978-89-374-6077-7$q양장'], '9788937460777'],
    [['020 ## $z9788937460770', '020 ## $c₩9800'], null],
    [['020 ## $a9788937460770', '020 ## $a9788937460777'], '9788937460777'],
  ])('%j is %j', (lines, isbn) => expect(title(...lines).isbn).toBe(isbn))

  it('takes no ISBN that is wrong, or that all volumes of a set share', () => {
    expect(doubts('056 ## $a800', '020 ## $a9788937460770')).toEqual(['isbn_unread 9788937460770'])
    expect(doubts('056 ## $a800', '020 1# $a9788937460777')).toEqual(['isbn_of_set 9788937460777'])
    expect(doubts('056 ## $a800', '020 ## $a9788937460777 (세트)')).toEqual(['isbn_of_set 9788937460777'])
  })

  it('has the class of KDC, else what stands before the author mark, else the main class for DDC', () => {
    expect(title('090 ## $a911.05$b이65').kdc).toBe('800')
    const kdc = (...lines: readonly Line[]) => {
      const found = read(['245 00 $a책', ...lines])
      return found.kind === 'title' ? found.title.kdc : found.code
    }
    expect(kdc('090 ## $a911.05$b이65', '082 04 $a951.9')).toBe('911.05')
    expect(kdc('082 04 $a495.7$223')).toBe('700')
    expect(doubts('082 04 $a621.39')).toEqual(['class_of_ddc 621.39'])
    expect(kdc('090 ## $aQA76')).toBe('no_class')
    expect(read(['245 00 $a책'], { unclassed: '000' })).toMatchObject({
      title: { kdc: '000' },
      doubts: [{ code: 'class_assumed' }],
    })
  })

  it('names its copies by 049 or 852, each once, and says which names are none', () => {
    expect(title('049 0# $lem-001$lEM-001', '852 ## $h813.6$i한11$pB0000001')).toMatchObject({
      barcodes: ['EM-001', 'B0000001'],
      callNumber: '813.6 한11',
    })
    expect(doubts('056 ## $a800', '049 0# $l등록 1')).toEqual(['barcode_unread 등록 1'])
    // The desk would take it for a member card.
    expect(doubts('056 ## $a800', '049 0# $lM00012345')).toEqual(['barcode_unread M00012345'])
    expect(title('052 01 $a813.6$b12-3').callNumber).toBe('813.6 12-3')
  })

  it('shows an image that has an address of the web', () => {
    expect(title('856 40 $uhttps://e.kr/a.pdf', '856 40 $uhttps://e.kr/a.PNG?w=1').cover).toBe(
      'https://e.kr/a.PNG?w=1',
    )
    expect(title('856 40 $3표지$ujavascript:alert(1)').cover).toBeNull()
    expect(title(`856 40 $3표지$uhttps://e.kr/${'a'.repeat(500)}.png`).cover).toBeNull()
  })

  it('is read in the script of the book, wherever that stands', () => {
    const romanised = [
      '245 10 $6880-01$aT’oji /$cPak Kyŏng-ni.',
      '260 ## $6880-02$aSŏul :$bSaemmul,$c2012.',
      '700 1# $6880-03$aPak, Kyŏng-ni.',
      '880 10 $6245-01/$1$a토지 /$c박경리.',
      '880 ## $6260-02/$1$a서울 :$b샘물,$c2012.',
      '880 1# $6700-03/$1$a박경리.',
    ]
    const expected = { title: '토지', author: '박경리', publisher: '샘물', year: 2012 }
    expect(title(...romanised)).toMatchObject(expected)
    const hangulFirst = [
      '245 00 $6880-01$a토지',
      '700 1# $a박경리',
      '260 ## $b샘물,$c2012',
      '880 00 $6245-01$aT’oji',
    ]
    expect(title(...hangulFirst)).toMatchObject(expected)
    expect(title('260 ## $c2012', '880 1# $6700-00/$1$a박경리')).toMatchObject({
      author: '박경리',
      year: 2012,
    })
  })

  it('is no title without a title, of another type, or when it tells of a deletion', () => {
    expect(read(without(TOJI, '245'))).toEqual({ kind: 'rejected', code: 'no_title', about: '245' })
    expect(read(TOJI, { leader: 'nzm a' })).toEqual({ kind: 'rejected', code: 'not_a_book', about: 'z' })
    expect(read(TOJI, { leader: 'dam a' })).toMatchObject({ code: 'deleted_record' })
  })

  it('is cut where it is too long, which is said', () => {
    const found = read(['056 ## $a800', `245 00 $a${'가'.repeat(301)}`])
    expect(found).toMatchObject({
      title: { title: '가'.repeat(300) },
      doubts: [{ code: 'shortened', about: 'title' }],
    })
  })
})
