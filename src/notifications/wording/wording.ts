import { formatWon, won } from '../../platform/money.ts'

/** The languages messages are written in. */
export type Language = 'ko' | 'en'

/** One message in words, before it becomes a mail: sentences, then facts as label and value. */
export interface Wording {
  title: string
  sentences: readonly string[]
  facts: readonly (readonly [label: string, value: string])[]
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const weekdays = {
  ko: ['월', '화', '수', '목', '금', '토', '일'],
  en: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
}

/** A day for people: `2026년 11월 24일 (화)`, `Tuesday, 24 November 2026`. */
export function day(date: string | Temporal.PlainDate, language: Language): string {
  const { year, month, day, dayOfWeek } = Temporal.PlainDate.from(date)
  const weekday = weekdays[language][dayOfWeek - 1] ?? ''
  return language === 'ko'
    ? `${year}년 ${month}월 ${day}일 (${weekday})`
    : `${weekday}, ${day} ${months[month - 1] ?? ''} ${year}`
}

/** A moment for people, by the clock in Seoul: `2026년 11월 24일 (화) 09:05`, `Tuesday, 24 November 2026, 09:05 KST`. */
export function moment(instant: string, language: Language): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO('Asia/Seoul')
  const time = local.toPlainTime().toString({ smallestUnit: 'minute' })
  const date = day(local.toPlainDate(), language)
  return language === 'ko' ? `${date} ${time}` : `${date}, ${time} KST`
}

/** The day of a moment, in Seoul, for what is known by the day alone. */
export function dayOf(instant: string, language: Language): string {
  return day(Temporal.Instant.from(instant).toZonedDateTimeISO('Asia/Seoul').toPlainDate(), language)
}

/** An amount for people: `12,300원`, `₩12,300`. */
export function amount(money: number, language: Language): string {
  return formatWon(won(money), language)
}

/** Text from elsewhere on one line: no line breaks or other control characters, which could forge a mail header. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/** Text made safe for any place in HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
