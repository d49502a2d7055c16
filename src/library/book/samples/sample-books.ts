import { createHash } from 'node:crypto'
import { DEMO_BOOKS, type SampleBook, sampleIsbn } from './demo-books.ts'

/** Invented numbers begin here; those of the demo are below. */
const FIRST = 1_000

const ADJECTIVES = [
  '푸른',
  '조용한',
  '오래된',
  '작은',
  '먼',
  '새로운',
  '빛나는',
  '낯선',
  '따뜻한',
  '마지막',
  '깊은',
  '하얀',
]
const NOUNS = [
  '바다',
  '도서관',
  '편지',
  '산책',
  '기차',
  '정원',
  '수학',
  '지도',
  '겨울',
  '노래',
  '시간',
  '부엌',
  '언덕',
  '별',
  '강',
  '집',
]
const ENDINGS = [
  '의 역사',
  '에 대하여',
  ' 이야기',
  '를 읽는 법',
  ' 수업',
  '의 발견',
  ' 여행',
  ', 그 이후',
  ' 입문',
  '의 기록',
]
const FAMILY = ['김', '이', '박', '최', '정', '강', '조', '윤', '장', '임', '한', '오']
const GIVEN = [
  '가온',
  '나래',
  '다솜',
  '라온',
  '마루',
  '바름',
  '새롬',
  '아름',
  '지안',
  '하늘',
  '도윤',
  '서연',
  '은우',
  '예린',
]
const CLASSES = [
  '005.1',
  '121',
  '148',
  '180',
  '219',
  '320',
  '331',
  '370',
  '410',
  '440',
  '517',
  '594',
  '610',
  '670',
  '711',
  '811.7',
  '813.7',
  '814.7',
  '833',
  '911',
  '982',
]
const PUBLISHERS = [...new Set(DEMO_BOOKS.map(({ publisher }) => publisher))]

/** The same seed gives the same titles on every machine. @param no counts from 0 */
export function sampleBook(seed: string, no: number): SampleBook {
  const bytes = createHash('sha256').update(`${seed}:${no}`).digest()
  let at = 0
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[]): T => {
    const value = from[bytes.readUInt16BE(2 * at++) % from.length]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
  const title = `${pick(ADJECTIVES)} ${pick(NOUNS)}${pick(ENDINGS)}`
  const author = pick(FAMILY) + pick(GIVEN)
  const kdc = pick(CLASSES)
  return {
    title: `${title} ${Math.floor(no / 100) + 1}`,
    author,
    publisher: pick(PUBLISHERS),
    year: 1975 + (bytes.readUInt16BE(20) % 51),
    isbn: sampleIsbn(FIRST + no),
    callNumber: `${kdc} ${author.slice(0, 1)}${no % 100}`,
    kdc,
    copies: 1 + (bytes.readUInt16BE(22) % 5),
    series: '',
    seriesVolume: '',
  }
}
