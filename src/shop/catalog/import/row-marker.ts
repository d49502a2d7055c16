/** Where another row begins inside the text of a row. */
export interface RowBegin {
  /** Place of its brace in the text of the row that is being read. */
  readonly at: number
  readonly line: number
  /** Its first member's name. */
  readonly name: string
}

export interface RowMarker {
  /** A list of rows begins. */
  beginList(): void
  /** A row begins. */
  begin(): void
  /** The first complete string of a list's first row names the first member of all of them; later calls change nothing. */
  startWith(name: string): void
  /**
   * Looks at the next character of the row, or of what stands where one should.
   * @param place of the character in the text of the row
   * @returns the row that began, once its first member's name and colon have been seen
   */
  see(code: number, place: number, line: number): RowBegin | undefined
}

const [tab, newline, carriageReturn, space, quote, colon, openObject] = [9, 10, 13, 32, 34, 58, 123]
const isSpace = (code: number): boolean =>
  code === space || code === newline || code === carriageReturn || code === tab
/** Names that real registers have. Shorter or stranger ones could stand in a sound text by chance. */
const plainName = /^[\p{L}\p{N}_]{2,60}$/u

/**
 * Sees, in the text of a row, the beginning of another row with the same first member: `{ "name" :`. In a sound row it
 * can stand only behind a colon, as a nested value, and there it does not count; rows of the registers nest no lists of
 * themselves.
 */
export function createRowMarker(): RowMarker {
  let name: string | undefined
  let known = false
  let step: 'none' | 'brace' | 'name' | 'after' = 'none'
  let matched = 0
  let at = 0
  let atLine = 1
  /** The latest character that is no blank. */
  let solid = openObject
  return {
    beginList: () => {
      known = false
    },
    begin: () => {
      step = 'none'
    },
    startWith: (first) => {
      if (known) return
      // What a damaged row leaves behind may look like a list with a row; its letters are no name.
      if (!plainName.test(first)) return
      known = true
      name = first
    },
    see: (code, place, line) => {
      const before = solid
      if (!isSpace(code)) solid = code
      if (name === undefined) return undefined
      if (step === 'name') {
        if (matched < name.length) {
          step = code === name.charCodeAt(matched) ? 'name' : 'none'
          matched += 1
        } else step = code === quote ? 'after' : 'none'
      } else if (step === 'brace' && code === quote) {
        step = 'name'
        matched = 0
      } else if (step === 'after' && code === colon) {
        step = 'none'
        return { at, line: atLine, name }
      } else if (step !== 'none' && !isSpace(code)) step = 'none'
      if (step === 'none' && code === openObject && before !== colon) {
        step = 'brace'
        at = place
        atLine = line
      }
      return undefined
    },
  }
}
