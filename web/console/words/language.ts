import type { Language, Shape } from '../../words/index.ts'

/** Remembered in this browser. */
const KEY = 'console.language'

let current: Language = remembered() ?? (document.documentElement.lang === 'en' ? 'en' : 'ko')
const listeners = new Set<() => void>()

export function language(): Language {
  return current
}

export function speak(next: Language): void {
  current = next
  document.documentElement.lang = next
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Not remembered, then.
  }
  for (const tell of listeners) tell()
}

/** @returns ends it */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function remembered(): Language | undefined {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'ko' || kept === 'en' ? kept : undefined
  } catch {
    return undefined
  }
}

/** The words of a room in both languages; one that is missing in English does not compile. */
export interface BothWords<T> {
  readonly ko: T
  readonly en: Shape<T>
}

export function inBoth<const T>(ko: T, en: Shape<T>): BothWords<T> {
  return { ko, en }
}
