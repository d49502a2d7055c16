/**
 * Splits JSON texts of any size into rows without holding more than one row: a file of 150 MB is never parsed whole.
 *
 * Understood are the two official envelopes, bare lists of rows, lists of envelopes, rows or envelopes one after
 * another, and any mixture, in pieces of any length. The splitter only finds where rows begin and end; whether a row
 * or what is around the rows is JSON is seen when the found texts are parsed.
 */

export type Found =
  /** The text of one element of a list of rows. `line` is where it begins, from 1. */
  | { readonly kind: 'row'; readonly text: string; readonly line: number }
  /** What was around the rows, the rows themselves left out: an envelope to be judged as a whole. */
  | { readonly kind: 'envelope'; readonly text: string; readonly line: number }
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

/** First members by which an envelope is told from a row. */
const envelopeMembers: ReadonlySet<string> = new Set([
  'C003',
  'RESULT',
  'header',
  'body',
  'response',
  'OpenAPI_ServiceResponse',
])
/** Members of an envelope that hold the list of rows. */
const listMembers: ReadonlySet<string> = new Set(['row', 'items', 'item'])

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
}

const [tab, newline, carriageReturn, space] = [9, 10, 13, 32]
const [quote, comma, colon, openList, backslash, closeList, openObject, closeObject] = [
  34, 44, 58, 91, 92, 93, 123, 125,
]

const isSpace = (code: number): boolean =>
  code === space || code === newline || code === carriageReturn || code === tab

export function createSplitter(): Splitter {
  const contexts: (Rows | Envelope)[] = [{ kind: 'rows', top: true, mixed: true }]
  let mode: 'between' | 'row' | 'scalar' | 'envelope' | 'foreign' | 'stopped' = 'between'
  let line = 1
  /** Text of the row, scalar, envelope or foreign text that is being read, except what lies in the current piece. */
  let kept = ''
  let startLine = 1
  let depth = 0
  let inString = false
  let escaped = false
  /** Where the first member's name of a row begins in its text; −1 before, −2 when it is decided or of no interest. */
  let nameAt = -2
  /** The latest complete string of an envelope, and the member name before a colon. */
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

    for (let at = 0; at < piece.length; at += 1) {
      const code = piece.charCodeAt(at)
      if (code === newline) line += 1

      if (mode === 'row') {
        if (inString) {
          if (escaped) escaped = false
          else if (code === backslash) escaped = true
          else if (code === quote) {
            inString = false
            if (nameAt >= 0) {
              const name = textTo(at).slice(nameAt)
              nameAt = -2
              if (envelopeMembers.has(name)) {
                kept = textTo(at + 1)
                from = at + 1
                contexts.push({ kind: 'envelope', line: startLine, depth: 1 })
                mode = 'envelope'
                lastString = name
                member = null
              }
            }
          }
        } else if (code === quote) {
          inString = true
          if (nameAt === -1) nameAt = kept.length + at + 1 - from
        } else if (code === openObject || code === openList) depth += 1
        else if (code === closeObject || code === closeList) {
          depth -= 1
          if (depth === 0) {
            found.push({ kind: 'row', text: textTo(at + 1), line: startLine })
            kept = ''
            from = at + 1
            restoreEnvelope()
            leave()
          }
        }
        continue
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
        else if (code === openList && member !== null && listMembers.has(member)) {
          envelopes.push(textTo(at + 1))
          kept = ''
          contexts.push({ kind: 'rows', top: false, mixed: false })
          mode = 'between'
          member = null
        } else if (code === openObject && member === 'item') {
          // A single row where a list would be: in its place the envelope keeps an empty list.
          envelopes.push(`${textTo(at)}[]`)
          begin('row', at)
          depth = 1
          nameAt = -2
          member = null
        } else if (code === openObject || code === openList) {
          envelope.depth += 1
          member = null
        } else if (code === closeObject || code === closeList) {
          envelope.depth -= 1
          if (envelope.depth === 0) {
            found.push({ kind: 'envelope', text: textTo(at + 1), line: envelope.line })
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
        found.push({ kind: 'row', text: textTo(at), line: startLine })
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
          startLine = line
        } else if (code === openObject || code === openList) {
          begin('row', at)
          depth = 1
          nameAt = rows.mixed && code === openObject ? -1 : -2
        } else if (rows.top) begin('foreign', at)
        else {
          begin('scalar', at)
          inString = code === quote
        }
      }

      if (mode === 'foreign') {
        if (kept.length + at - from >= maxForeignLength) {
          found.push({ kind: 'envelope', text: textTo(at), line: startLine })
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
      if (ended === 'foreign') return [{ kind: 'envelope', text: kept, line: startLine }]
      const complete = ended === 'between' && contexts.length === 1
      return complete ? [] : [{ kind: 'broken', code: 'truncated', line }]
    },
  }
}
