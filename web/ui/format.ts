import type { Language } from '../words/index.ts'

/** Formatters are made once: making one for every card costs more than the rest of a page. */
const numbers = new Intl.NumberFormat('en-US')
const days: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  ko: new Intl.DateTimeFormat('ko-KR', {
    timeZone: 'Asia/Seoul',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
  }),
  en: new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Seoul',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    weekday: 'short',
  }),
}
const moments: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  ko: new Intl.DateTimeFormat('ko-KR', {
    timeZone: 'Asia/Seoul',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  }),
  en: new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Seoul',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }),
}

const stamps = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Seoul',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/** `12,300원`, in English `₩12,300`. */
export function wonText(amount: number, language: Language): string {
  return language === 'ko' ? `${numbers.format(amount)}원` : `₩${numbers.format(amount)}`
}

/** A day in Seoul, of an instant or of a plain date (`2026-11-29`). */
export function dayText(at: string, language: Language): string {
  const instant = at.length === 10 ? `${at}T12:00:00+09:00` : at
  const text = days[language].format(new Date(instant))
  // Korean sets the day of the week in brackets: 2026년 11월 29일 (일).
  return language === 'ko' ? text.replace(/ (.)$/, ' ($1)') : text
}

/** Day and time in Seoul. */
export function momentText(at: string, language: Language): string {
  return moments[language].format(new Date(at))
}

/** `2026-11-29 20:25:40`, in Seoul: for those who compare moments. */
export function stampText(at: string): string {
  return stamps.format(new Date(at))
}

/** `010-1234-5678`, `02-123-4567`, `0507-1234-5678`. */
export function phoneText(digits: string): string {
  return digits.replace(/^(02|050\d(?=\d{8}$)|0\d\d)(\d{3,4})(\d{4})$/, '$1-$2-$3')
}

/** A number with separators for thousands. */
export function numberText(count: number): string {
  return numbers.format(count)
}
