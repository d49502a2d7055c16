import { createRowMarker, type RowBegin } from './row-marker.ts'

/**
 * Splits JSON texts of any size into rows without holding more than one row: a file of 150 MB is never parsed whole.
 *
 * Understood are the official envelopes, bare lists of rows, lists of envelopes, rows or envelopes one after another,
 * and any mixture, in pieces of any length. The splitter only finds where rows begin and end; whether a row or what is
 * around the rows is JSON is seen when the found texts are parsed.
 *
 * A damaged row costs that row only. A stray quote or backslash turns strings inside out, so the row's own end is not
 * seen any more; but the next row begins as this one did, with a brace and the same first member, which can stand
 * nowhere else. There the splitter gives the damaged text as a row and goes on. No parser kept elsewhere does this.
 */

export type Found =
  /** The text of one element of a list of rows. `line` is where it begins, from 1. */
  | { readonly kind: 'row'; readonly text: string; readonly line: number }
  /** What was around the rows, the rows themselves left out (`rows` were found): an envelope to be judged as a whole. */
  | { readonly kind: 'envelope'; readonly text: string; readonly line: number; readonly rows: number }
  /** The file cannot be read any further. */
  | { readonly kind: 'broken'; readonly code: 'truncated' | 'too_large'; readonly line: number }

export interface Splitter {
  /** Takes the next piece of text and gives what is complete now. */
  push(piece: string): Found[]
  /** Nothing more comes. */
  end(): Found[]
}

/** Longest row, in characters; real ones stay below 40,000. A longer one is a broken file, not a row. */
export const maxRowLength = 1_000_000
/** Longest envelope without its rows. */
const maxEnvelopeLength = 100_000
/** How much of a text that is not JSON is kept, to tell what it is (an HTML page, an XML error). */
const maxForeignLength = 10_000

/** Members with an object in them by which an envelope is told from a row. */
const envelopeMembers: ReadonlySet<string> = new Set([
  'C003',
  'I0030',
  'RESULT',
  'header',
  'body',
  'response',
  'OpenAPI_ServiceResponse',
])
/** Members with a list in them that tell the same. In an envelope every list is one of rows, whatever its name. */
const listMember = /^(rows?|items?|itemlist|list|data|records)$/iu

/** A list of rows, or (`top`) the sequence of values a file is. `mixed`: elements may be envelopes. */
interface Rows {
  readonly kind: 'rows'
  readonly top: boolean
  readonly mixed: boolean
}

interface Envelope {
  readonly kind: 'envelope'
  readonly line: number
  depth: number
  rows: number
}

const [tab, newline, carriageReturn, space] = [9, 10, 13, 32]
const [quote, comma, colon, openList, backslash, closeList, openObject, closeObject] = [
  34, 44, 58, 91, 92, 93, 123, 125,
]

/** Also what editors and joined files leave between values: byte order marks, no-break and zero-width spaces. */
const isSpace = (code: number): boolean =>
  code === space ||
  code === newline ||
  code === carriageReturn ||
  code === tab ||
  (code >= 0x85 && /[\s\u0085\u200b-\u200d\u2060\ufeff]/u.test(String.fromCharCode(code)))

/** Finds the rows of a file of the register as its letters come, without keeping the file. */
export function createSplitter(): Splitter {
  const contexts: (Rows | Envelope)[] = [{ kind: 'rows', top: true, mixed: true }]
  let mode: 'between' | 'row' | 'scalar' | 'envelope' | 'foreign' | 'stopped' = 'between'
  let line = 1
  /** Text of the row, scalar, envelope or foreign text that is being read, except what lies in the current piece. */
  let kept = ''
  let startLine = 1
  /** What closes the row and what is nested in it, innermost last. Any other bracket is damage and counts for nothing. */
  let openers: number[] = []
  let anyRow = false
  let inString = false
  let escaped = false
  /** Finds the beginning of the next row inside a damaged one. */
  const marker = createRowMarker()
  /** Whether the row may turn out to be an envelope. */
  let mixed = false
  /** The latest complete string outside nested values, and the member name before a colon. */
  let lastString = ''
  let stringAt = 0
  let member: string | null = null

  const top = (): Rows | Envelope => contexts.at(-1) ?? { kind: 'rows', top: true, mixed: true }

  function leave(): void {
    mode = top().kind === 'envelope' ? 'envelope' : 'between'
  }

  function push(piece: string): Found[] {
    const found: Found[] = []
    /** Where in the piece the text that is being read begins. */
    let from = 0
    const textTo = (end: number): string => kept + piece.slice(from, end)
    const stop = (code: 'truncated' | 'too_large'): Found[] => {
      mode = 'stopped'
      found.push({ kind: 'broken', code, line: startLine })
      return found
    }
    const begin = (next: 'row' | 'scalar' | 'foreign', at: number): void => {
      mode = next
      kept = ''
      from = at
      startLine = line
    }
    const beginRow = (at: number, mayBeEnvelope: boolean, closer = closeObject): void => {
      begin('row', at)
      openers = [closer]
      inString = false
      escaped = false
      mixed = mayBeEnvelope
      member = null
      lastString = ''
      marker.begin()
    }
    const foundRow = (text: string): void => {
      anyRow = true
      const envelope = contexts.findLast((context) => context.kind === 'envelope')
      if (envelope !== undefined) envelope.rows += 1
      found.push({ kind: 'row', text, line: startLine })
    }

    /** A row began where none should: what was read before it is damaged, what was read since belongs to it. */
    const goOnAt = (next: RowBegin, text: string, at: number): void => {
      const before = text.slice(0, next.at)
      if (mode === 'envelope') {
        envelopes.push(before)
        contexts.push({ kind: 'rows', top: false, mixed: false })
      } else foundRow(before.replace(/[\s,]+$/u, ''))
      beginRow(at, false)
      kept = text.slice(next.at)
      startLine = next.line
      marker.startWith(next.name)
      // The name and its colon have been read.
      member = next.name
    }

    for (let at = 0; at < piece.length; at += 1) {
      const code = piece.charCodeAt(at)
      if (code === newline) line += 1

      if (mode !== 'between') {
        const next = marker.see(code, kept.length + at - from, line)
        if (next !== undefined) {
          goOnAt(next, textTo(at + 1), at + 1)
          continue
        }
      }

      if (mode === 'row') {
        if (inString) {
          if (escaped) escaped = false
          else if (code === backslash) escaped = true
          else if (code === quote) {
            inString = false
            if (openers.length === 1 && member === null) {
              lastString = textTo(at).slice(stringAt)
              if (openers[0] === closeObject) marker.startWith(lastString)
            }
          }
          continue
        }
        if (code === quote) {
          inString = true
          stringAt = kept.length + at + 1 - from
          continue
        }
        if (openers.length === 1 && code === colon) member = lastString
        else if (openers.length === 1 && code === comma) member = null
        else if (mixed && openers.length === 1 && member !== null && opensEnvelope(code, member)) {
          contexts.push({ kind: 'envelope', line: startLine, depth: 1, rows: 0 })
          mode = 'envelope'
          // The opened object or list is the envelope's: fall through.
        } else if (code === openObject) openers.push(closeObject)
        else if (code === openList) openers.push(closeList)
        else if (code === openers.at(-1)) {
          openers.pop()
          if (openers.length === 0) {
            foundRow(textTo(at + 1))
            kept = ''
            from = at + 1
            restoreEnvelope()
            leave()
          }
        }
        if (mode !== 'envelope' || from > at) continue
      }

      if (mode === 'envelope') {
        const envelope = top()
        if (envelope.kind !== 'envelope') throw new Error('an envelope without its context')
        if (inString) {
          if (escaped) escaped = false
          else if (code === backslash) escaped = true
          else if (code === quote) {
            inString = false
            lastString = textTo(at).slice(stringAt)
          }
        } else if (code === quote) {
          inString = true
          stringAt = kept.length + at + 1 - from
        } else if (code === colon) member = lastString
        else if (code === comma) member = null
        else if (code === openList && member !== null) {
          envelopes.push(textTo(at + 1))
          kept = ''
          contexts.push({ kind: 'rows', top: false, mixed: false })
          marker.beginList()
          mode = 'between'
          member = null
        } else if (code === openObject && member === 'item') {
          // A single row where a list would be: in its place the envelope keeps an empty list.
          envelopes.push(`${textTo(at)}[]`)
          beginRow(at, false)
        } else if (code === openObject || code === openList) {
          envelope.depth += 1
          member = null
        } else if (code === closeObject || code === closeList) {
          envelope.depth -= 1
          if (envelope.depth === 0) {
            found.push({
              kind: 'envelope',
              text: textTo(at + 1),
              line: envelope.line,
              rows: envelope.rows,
            })
            kept = ''
            from = at + 1
            contexts.pop()
            leave()
          }
        }
        continue
      }

      if (mode === 'scalar') {
        const ends = inString ? false : code === comma || code === closeList || isSpace(code)
        if (inString) {
          if (escaped) escaped = false
          else if (code === backslash) escaped = true
          else if (code === quote) inString = false
          continue
        }
        if (!ends) {
          if (code === quote) inString = true
          continue
        }
        foundRow(textTo(at))
        kept = ''
        mode = 'between'
        // The character after the scalar belongs to the list: fall through.
      }

      if (mode === 'between') {
        const rows = top()
        if (rows.kind !== 'rows') throw new Error('rows without their context')
        if (code === comma || isSpace(code)) continue
        if (code === closeList && !rows.top) {
          contexts.pop()
          restoreEnvelope()
          leave()
          from = at
          if (mode === 'between') from = at + 1
        } else if (code === openList && rows.top) {
          contexts.push({ kind: 'rows', top: false, mixed: true })
          marker.beginList()
          startLine = line
        } else if (code === openObject || code === openList) {
          const isObject = code === openObject
          beginRow(at, rows.mixed && isObject, isObject ? closeObject : closeList)
        } else if (rows.top) begin('foreign', at)
        else {
          begin('scalar', at)
          inString = code === quote
        }
      }

      if (mode === 'foreign') {
        // Behind rows it is damage, and the next row may still come.
        if (kept.length + at - from >= (anyRow ? maxRowLength : maxForeignLength)) {
          found.push({ kind: 'envelope', text: textTo(at), line: startLine, rows: 0 })
          mode = 'stopped'
        }
      }
      if (mode === 'stopped') return found
    }

    if (mode !== 'between' && mode !== 'stopped') {
      kept += piece.slice(from)
      if (mode !== 'foreign' && kept.length > (mode === 'envelope' ? maxEnvelopeLength : maxRowLength)) {
        return stop('too_large')
      }
    }
    return found
  }

  /** Envelopes that wait while their rows are read: their text so far. */
  const envelopes: string[] = []

  function restoreEnvelope(): void {
    if (top().kind === 'envelope') kept = envelopes.pop() ?? ''
  }

  return {
    push: (piece) => (mode === 'stopped' ? [] : push(piece)),
    end: () => {
      const ended = mode
      mode = 'stopped'
      if (ended === 'stopped') return []
      if (ended === 'foreign') return [{ kind: 'envelope', text: kept, line: startLine, rows: 0 }]
      if (ended === 'row' && inString && endsAll.test(kept)) return endOfDamaged()
      const complete = ended === 'between' && contexts.length === 1
      return complete ? [] : [{ kind: 'broken', code: 'truncated', line }]
    },
  }

  /** The last row is damaged and took the end of the file into a string: the row, and its envelope closed for it. */
  function endOfDamaged(): Found[] {
    const row: Found = { kind: 'row', text: kept, line: startLine }
    const envelope = contexts.findLast((context) => context.kind === 'envelope')
    const begun = envelopes.pop()
    if (envelope === undefined || begun === undefined) return [row]
    const text = `${begun}]${'}'.repeat(envelope.depth)}`
    return [row, { kind: 'envelope', text, line: envelope.line, rows: envelope.rows + 1 }]
  }
}

/** The end of a list of rows, and of whatever is around it: the text was not cut off. */
const endsAll = /\}\s*\](?:\s*,\s*"RESULT"\s*:\s*\{[^{}]*\}|\s*,\s*"\w+"\s*:\s*"?\d+"?)*[\s}\]]*$/u

function opensEnvelope(code: number, member: string): boolean {
  return code === openObject ? envelopeMembers.has(member) : code === openList && listMember.test(member)
}
