import type { Text } from '../../../platform/refusal.ts'
import { MOST_SUBJECT_CHARACTERS } from '../rules/subjects.ts'
import type { Damage } from './record.ts'

/** A title as it comes in from a file or goes out into one, with the copies of it. */
export interface ExchangedTitle {
  readonly title: string
  readonly author: string
  readonly publisher: string
  readonly year: number | null
  /** 13 digits. */
  readonly isbn: string | null
  readonly callNumber: string
  readonly kdc: string
  readonly cover: string | null
  /** 총서명, as `세계문학전집`; '' when it is of none. */
  readonly series: string
  /** Its number there, as `12`; '' without a series. */
  readonly seriesVolume: string
  /** As `개정판`. */
  readonly edition: string
  /** As `352 p.`. */
  readonly extent: string
  /** One text, as {@link joinSubjects} makes it. */
  readonly subjects: string
  /** Of its copies (등록번호), each once. */
  readonly barcodes: readonly string[]
  /** How many copies the file states without naming them. */
  readonly copies: number | null
}

/** Why a record of a file does not become a title. */
export type RejectCode =
  | Damage
  | 'not_a_book'
  | 'deleted_record'
  | 'no_title'
  | 'no_class'
  | 'wrong_field'
  | 'barcode_elsewhere'
  | 'book_withdrawn'
  | 'too_many_copies'

/** What is strange about a record that becomes a title all the same. */
export type DoubtCode =
  | 'isbn_unread'
  | 'isbn_of_set'
  | 'class_of_ddc'
  | 'class_assumed'
  | 'shortened'
  | 'more_series'
  | 'barcode_unread'

export interface Rejection {
  readonly code: RejectCode
  /** Which field or value; '' when the code says it all. */
  readonly about: string
}
export interface Doubt {
  readonly code: DoubtCode
  readonly about: string
}

export type ReadTitle =
  | { readonly kind: 'title'; readonly title: ExchangedTitle; readonly doubts: readonly Doubt[] }
  | ({ readonly kind: 'rejected' } & Rejection)

export interface ReadingRules {
  /** Class of records that have none; without it they are rejected. */
  readonly unclassed: string | undefined
}

/** Whether the desk can scan it as a copy: what is M and 8 to 12 digits is a member card there. */
export const isBarcode = (text: string) => /^[A-Z0-9-]{4,32}$/.test(text) && !/^M[0-9]{8,12}$/.test(text)
export const KDC = /^[0-9]{3}(?:\.[0-9]{1,6})?$/
/** Of one title. */
export const MOST_COPIES = 1_000
/** What the columns hold, in characters. */
export const MOST_CHARACTERS = {
  title: 300,
  author: 300,
  publisher: 200,
  callNumber: 100,
  cover: 500,
  series: 300,
  seriesVolume: 50,
  edition: 200,
  extent: 200,
  subjects: MOST_SUBJECT_CHARACTERS,
} as const

const NOTES: Readonly<Record<RejectCode | DoubtCode, (about: string) => Text>> = {
  truncated: () => ({ ko: '파일이 레코드 중간에서 끝납니다', en: 'the file ends within the record' }),
  too_long: () => ({ ko: '레코드가 너무 깁니다', en: 'the record is too long' }),
  bad_leader: () => ({ ko: '리더를 읽을 수 없습니다', en: 'its leader cannot be read' }),
  wrong_length: () => ({
    ko: '리더의 레코드 길이가 실제와 다릅니다',
    en: 'the length in its leader is not its length',
  }),
  bad_directory: () => ({
    ko: '디렉터리가 필드와 맞지 않습니다',
    en: 'its directory does not fit its fields',
  }),
  bad_field: () => ({ ko: '필드의 구조가 잘못되었습니다', en: 'a field of it is malformed' }),
  bad_encoding: () => ({
    ko: '글자를 읽을 수 없습니다 (문자 부호화)',
    en: 'its letters cannot be read in this encoding',
  }),
  marc8: () => ({
    ko: 'MARC-8 부호화는 지원하지 않습니다. UTF-8로 내보내 주세요',
    en: 'it is in MARC-8, which is not supported; please export it as UTF-8',
  }),
  not_xml: () => ({ ko: '올바른 MARCXML이 아닙니다', en: 'it is not well-formed MARCXML' }),
  unclosed: () => ({ ko: '레코드가 닫히지 않았습니다', en: 'the record is not closed' }),
  not_a_book: (type) => ({
    ko: `서지 레코드가 아닙니다 (유형 ${type})`,
    en: `it is not a bibliographic record (type ${type})`,
  }),
  deleted_record: () => ({ ko: '삭제된 레코드입니다', en: 'it is the record of a deletion' }),
  no_title: () => ({ ko: '표제가 없습니다', en: 'it has no title' }),
  no_class: () => ({
    ko: '분류 기호(KDC)가 없습니다',
    en: 'it has no class (KDC)',
  }),
  wrong_field: (field) => ({ ko: `${field} 값이 올바르지 않습니다`, en: `${field} is not valid` }),
  barcode_elsewhere: (barcode) => ({
    ko: `등록번호 ${barcode}은(는) 다른 책의 것입니다`,
    en: `barcode ${barcode} belongs to another title`,
  }),
  book_withdrawn: () => ({ ko: '제적된 책입니다', en: 'this title has been withdrawn' }),
  too_many_copies: () => ({
    ko: `복본이 ${MOST_COPIES}권을 넘습니다`,
    en: `it would have more than ${MOST_COPIES} copies`,
  }),
  isbn_unread: (isbn) => ({
    ko: `ISBN이 올바르지 않아 비워 두었습니다 (${isbn})`,
    en: `its ISBN is not valid and is left empty (${isbn})`,
  }),
  isbn_of_set: (isbn) => ({
    ko: `세트의 ISBN이어서 비워 두었습니다 (${isbn})`,
    en: `its ISBN is that of a set and is left empty (${isbn})`,
  }),
  class_of_ddc: (ddc) => ({
    ko: `DDC ${ddc}에서 KDC 주류만 옮겼습니다`,
    en: `only the main class of KDC is known, from DDC ${ddc}`,
  }),
  class_assumed: (kdc) => ({
    ko: `분류 기호가 없어 ${kdc}로 했습니다`,
    en: `it has no class; ${kdc} is assumed`,
  }),
  shortened: (field) => ({
    ko: `${field}이(가) 너무 길어 줄였습니다`,
    en: `${field} is too long and was cut`,
  }),
  more_series: (series) => ({
    ko: `총서가 여럿이어서 처음 것만 두었습니다 (${series})`,
    en: `it is of several series; only the first is kept, without ${series}`,
  }),
  barcode_unread: (text) => ({
    ko: `등록번호로 읽을 수 없습니다 (${text})`,
    en: `this is no barcode (${text})`,
  }),
}

/** What a note says to people. */
export const wordsOf = ({ code, about }: Rejection | Doubt): Text => NOTES[code](about)
