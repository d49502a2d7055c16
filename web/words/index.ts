import { en } from './en/index.ts'
import { ko } from './ko/index.ts'

/** Texts may differ, their shape may not: a text missing in one language does not compile. */
export type Shape<T> = T extends string
  ? string
  : T extends (...values: infer V) => string
    ? (...values: V) => string
    : { readonly [K in keyof T]: Shape<T[K]> }

/** Everything pages say of themselves, in one language. Korean is the one that decides what there is to say. */
export type Words = Shape<typeof ko>
export type Language = 'ko' | 'en'

export const words: Readonly<Record<Language, Words>> = { ko, en }
