import { expect, it } from 'vitest'
import { searchDocumentOf, searchTermsOf } from './search.ts'

const document = searchDocumentOf({
  title: '하늘과 바람과 별과 시',
  author: '윤동주',
  publisher: '시의 집',
  isbn: '9780306406157',
  series: '시의 집 전집',
  seriesVolume: '12',
})
const finds = (query: string) => searchTermsOf(query).every((term) => document.includes(term))

it.each([
  '하늘과바람',
  '바람 윤동주',
  'ㅎㄴㄱ',
  'ㅇㄷㅈ',
  '시의집',
  '윤동ㅈ',
  '별',
  '9780306406157',
  '978-0-306-40615-7',
  '0-306-40615-2',
  '시의 집 전집 12',
  '전집12',
  'ㅈㅈ',
])('%s finds it', (query) => expect(finds(query)).toBe(true))
it.each(['전집 13', '바다', '윤동수', 'ㅎㄴㅂ', '9780804429573'])('%s does not', (query) =>
  expect(finds(query)).toBe(false),
)
it('nothing searchable is no condition', () => expect(searchTermsOf(' !? ')).toEqual([]))
