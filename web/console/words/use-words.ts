import { useSyncExternalStore } from 'react'
import type { Language, Shape } from '../../words/index.ts'
import { type BothWords, language, onLanguage } from './language.ts'

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, language)
}

/** The words of a room in the language of the reader. */
export function useWords<T>({ ko, en }: BothWords<T>): Shape<T> {
  return useLanguage() === 'en' ? en : (ko as Shape<T>)
}
