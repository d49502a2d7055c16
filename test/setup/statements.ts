import { existsSync, readFileSync } from 'node:fs'
import type pg from 'pg'

/** One raw statement, or part of one, in a source: what is written between its parameters. */
export interface Template {
  /** From 1. */
  line: number
  chunks: readonly string[]
  /** The whole of it, with `$1`, `$2` … for its values. */
  text: string
}

const OPENING = /(?<![\w.$])sql(?:<[^`]*?>)?`/g

/** All sql templates of a source, also those inside others. Empty ones say nothing and are left out. */
export function sqlTemplates(source: string): Template[] {
  return [...source.matchAll(OPENING)].flatMap(({ index, 0: opening }) => {
    const { chunks } = readTemplate(source, index + opening.length)
    const written = chunks.map(spaced).filter((chunk) => chunk.trim() !== '')
    const line = source.slice(0, index).split('\n').length
    const text = chunks.map((chunk, n) => (n === 0 ? chunk : `$${n}${chunk}`)).join('')
    return written.length > 0 ? [{ line, chunks: written, text: spaced(text).trim() }] : []
  })
}

/** Reads a template literal from behind its opening backtick to its end. */
function readTemplate(source: string, from: number): { chunks: string[]; end: number } {
  const chunks: string[] = []
  let begin = from
  let at = from
  while (at < source.length && source[at] !== '`') {
    if (source[at] === '\\') at += 2
    else if (source.startsWith('${', at)) {
      chunks.push(source.slice(begin, at))
      at = begin = endOfValue(source, at + 2)
    } else at += 1
  }
  return { chunks: [...chunks, source.slice(begin, at)], end: at + 1 }
}

/** Where the text goes on behind `${…}`. Values hold braces, quoted text and templates of their own. */
function endOfValue(source: string, from: number): number {
  let depth = 1
  let at = from
  while (at < source.length && depth > 0) {
    const letter = source[at]
    if (letter === '`') at = readTemplate(source, at + 1).end
    else if (letter === "'" || letter === '"') at = source.indexOf(letter, at + 1) + 1
    else {
      if (letter === '{') depth += 1
      if (letter === '}') depth -= 1
      at += 1
    }
  }
  return at
}

const spaced = (text: string) => text.replace(/\s+/g, ' ')

/** Whether a text that was sent holds this template: its chunks one after another, with anything between them. */
export function holds(sent: string, { chunks }: Pick<Template, 'chunks'>): boolean {
  let at = 0
  for (const chunk of chunks) {
    const found = sent.indexOf(chunk, at)
    if (found < 0) return false
    at = found + chunk.length
  }
  return true
}

/** A line of the notes: the test file, then the texts that were sent. */
function wordsOf(line: string): string[] {
  const words: unknown = JSON.parse(line)
  return Array.isArray(words) ? words.map((word: unknown) => (typeof word === 'string' ? word : '')) : []
}

/** A template that no test sent. */
export interface Untried {
  /** `path:line` */
  where: string
  text: string
}

/**
 * Templates of these sources that no test sent to PostgreSQL. What was sent has been parsed and planned against the
 * schema that the migrations make, so a column that does not exist cannot hide. Empty also when not all of the test
 * files took part: then the run was about something else.
 */
export function untried(file: string, sources: readonly string[], testFiles: readonly string[]): Untried[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  const notes = lines.filter((line) => line !== '').map(wordsOf)
  const tookPart = new Set(notes.map(([path]) => path))
  if (!testFiles.every((path) => tookPart.has(path))) return []
  const sent = [...new Set(notes.flatMap(([, ...texts]) => texts.map(spaced)))]
  return sources.flatMap((path) =>
    sqlTemplates(readFileSync(path, 'utf8'))
      .filter((template) => !sent.some((text) => holds(text, template)))
      .map(({ line, text }) => ({ where: `${path}:${line}`, text })),
  )
}

/**
 * Which of these statements PostgreSQL cannot prepare as they stand: they are wrong, or only parts of statements, which
 * nothing but a test can put together.
 */
export async function unprepared(client: pg.Client, statements: readonly Untried[]): Promise<string[]> {
  const failed: string[] = []
  for (const { where, text } of statements) {
    const error = await client.query(`prepare tried as ${text}`).then(
      () => client.query('deallocate tried').then(() => undefined),
      (reason: unknown) => reason,
    )
    if (error !== undefined) failed.push(`${where} (${error instanceof Error ? error.message : 'no answer'})`)
  }
  return failed
}
