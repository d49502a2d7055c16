/** What stands in a file of MARCXML, found without keeping the file. */
export type FoundXml =
  /** The text of a `record` element; `line` is where it begins, from 1. */
  | { readonly kind: 'record'; readonly text: string; readonly line: number }
  | {
      readonly kind: 'damaged'
      readonly damage: 'unclosed' | 'too_long' | 'truncated'
      readonly line: number
    }
  /** How many records the envelope (OAI-PMH, SRU) says there are. */
  | { readonly kind: 'announced'; readonly total: number }
  /** The file is read no further. */
  | { readonly kind: 'refused'; readonly code: 'doctype' | 'truncated'; readonly line: number }

export interface XmlSplitter {
  push(piece: string): FoundXml[]
  end(): FoundXml[]
}

/** Letters of the longest record: what ISO 2709 can hold, with its tags. */
const MOST_LETTERS = 1_000_000
/** A token that a piece may have cut. */
const LONGEST_TOKEN = 200

const OUTSIDE =
  /<!--|<!DOCTYPE|<!ENTITY|<(?:[\w.-]+:)?record(?=[\s>])|<(?:[\w.-]+:)?collection(?=[\s>])|<\/(?:[\w.-]+:)?collection\s*>|completeListSize="(\d{1,9})"|<(?:[\w.-]+:)?numberOfRecords>(\d{1,9})</g
const INSIDE = /<(?:[\w.-]+:)?record(?=[\s>])|<\/(?:[\w.-]+:)?record\s*>/g
const OF_MARC = /<(?:[\w.-]+:)?(?:leader|controlfield|datafield)[\s>]/

/**
 * Finds the records of a file, each to be parsed by itself: so a record that is no XML costs that record. Envelopes
 * whose own elements are called `record` too (OAI-PMH, SRU) are passed through.
 */
export function createXmlSplitter(): XmlSplitter {
  let kept = ''
  let line = 1
  let mode: 'outside' | 'comment' | 'record' | 'stopped' = 'outside'
  let collections = 0

  const drop = (count: number) => {
    for (let at = kept.indexOf('\n'); at !== -1 && at < count; at = kept.indexOf('\n', at + 1)) line += 1
    kept = kept.slice(count)
  }

  /** One step. @returns whether another may follow with what is kept */
  const step = (found: FoundXml[]): boolean => {
    if (mode === 'stopped') kept = ''
    else if (mode === 'comment') {
      const end = kept.indexOf('-->')
      drop(end === -1 ? Math.max(0, kept.length - 2) : end + 3)
      if (end === -1) return false
      mode = 'outside'
      return true
    } else if (mode === 'record') return stepInside(found)
    else return stepOutside(found)
    return false
  }

  const stepOutside = (found: FoundXml[]): boolean => {
    OUTSIDE.lastIndex = 0
    const token = OUTSIDE.exec(kept)
    if (!token) {
      drop(Math.max(0, kept.length - LONGEST_TOKEN))
      return false
    }
    const [text, listed, counted] = token
    drop(token.index)
    const total = listed ?? counted
    if (text === '<!--') mode = 'comment'
    else if (text.startsWith('<!')) {
      found.push({ kind: 'refused', code: 'doctype', line })
      mode = 'stopped'
    } else if (total !== undefined) found.push({ kind: 'announced', total: Number(total) })
    else if (text.endsWith('record')) {
      mode = 'record'
      return true
    } else collections += text.startsWith('</') ? -1 : 1
    drop(text.length)
    return true
  }

  const stepInside = (found: FoundXml[]): boolean => {
    INSIDE.lastIndex = 1
    const token = INSIDE.exec(kept)
    const length = token ? token.index + token[0].length : kept.length
    if (length > MOST_LETTERS) {
      found.push({ kind: 'damaged', damage: 'too_long', line })
      mode = 'outside'
      drop(token ? token.index : kept.length - LONGEST_TOKEN)
      return token !== null
    }
    if (!token) return false
    if (token[0].startsWith('</')) {
      found.push({ kind: 'record', text: kept.slice(0, length), line })
      mode = 'outside'
      drop(length)
      return true
    }
    // Another one begins: this is an envelope, or it was never closed.
    if (OF_MARC.test(kept.slice(0, token.index))) found.push({ kind: 'damaged', damage: 'unclosed', line })
    drop(token.index)
    return true
  }

  return {
    push(piece) {
      const found: FoundXml[] = []
      kept += piece
      while (step(found)) {}
      return found
    },
    end() {
      const isCut = mode === 'record' && OF_MARC.test(kept)
      return [
        ...(isCut ? [{ kind: 'damaged', damage: 'truncated', line } as const] : []),
        ...(isCut || (mode !== 'stopped' && collections > 0)
          ? [{ kind: 'refused', code: 'truncated', line } as const]
          : []),
      ]
    },
  }
}
