/**
 * What somebody may have meant who mistyped a word: the known word from which it differs by the fewest letters.
 * Letters are those that are typed (루테잉 and 루테인 differ by one), so a slip of a finger is one letter in Korean too.
 */
import {
  isChoseongQuery,
  jamoOf,
  maxQueryWords,
  plain,
  queryWords,
} from '../../../platform/text/korean-search.ts'
import { synonymGroups } from './synonyms.ts'

export interface KnownWord {
  readonly word: string
  /** The letters it is typed with. */
  readonly letters: string
  /** How many names hold it: among words equally near, the one that is met more often is meant. */
  readonly count: number
}

/** Fewest letters of a word that is worth guessing: with less almost any other word is near. */
const leastLetters = 4
/** From so many letters on two slips are one word still. */
const longLetters = 9

/** The words of names and all spellings of ingredients, each once. */
export function knownWords(names: readonly string[]): KnownWord[] {
  const counts = new Map<string, number>()
  const words = [...names.flatMap((name) => queryWords(plain(name))), ...synonymGroups.flat().map(plain)]
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
    .map(([word, count]) => ({ word, letters: jamoOf(word), count }))
    .filter(({ letters }) => letters.length >= leastLetters)
}

/**
 * A query with each word that nobody knows replaced by the nearest known one.
 * @returns undefined when no word is near enough to any, or nothing would change
 */
export function nearestQuery(query: string, known: readonly KnownWord[]): string | undefined {
  const words = queryWords(plain(query)).slice(0, maxQueryWords)
  const meant = words.map((word) => nearestWord(word, known) ?? word)
  return meant.some((word, n) => word !== words[n]) ? meant.join(' ') : undefined
}

function nearestWord(word: string, known: readonly KnownWord[]): string | undefined {
  const letters = jamoOf(word)
  if (letters.length < leastLetters || isChoseongQuery(word)) return undefined
  const most = letters.length >= longLetters ? 2 : 1
  let best: { word: string; slips: number; count: number } | undefined
  for (const { word: candidate, letters: other, count } of known) {
    if (Math.abs(other.length - letters.length) > most) continue
    const slips = slipsBetween(letters, other, most)
    if (slips === 0) return undefined
    if (slips > most) continue
    if (!best || slips < best.slips || (slips === best.slips && count > best.count))
      best = { word: candidate, slips, count }
  }
  return best?.word
}

/**
 * Letters left out, put in, exchanged, or swapped with their neighbour (optimal string alignment), counted no further
 * than `most` + 1.
 */
export function slipsBetween(a: string, b: string, most: number): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    if (Math.min(...row) > most) return most + 1
    before = last
    last = row
  }
  return Math.min(last[b.length] ?? 0, most + 1)
}
