import { type Fixed, type Kind, LAYOUTS } from './layouts.ts'

/** A field of any length: its code of two letters, and what it says. */
export type Field = readonly [code: string, value: string]

/** A message taken apart. */
export type Message<K extends Kind = Kind> = {
  readonly [P in K]: { readonly kind: P; readonly fixed: Fixed<P>; readonly fields: readonly Field[] }
}[K]

/** A longer value is cut: the displays and printers of machines have no room for more. */
export const LONGEST_VALUE = 200
const CODE = /^[A-Z]{2}$/
const KINDS = Object.keys(LAYOUTS).filter((name): name is Kind => name in LAYOUTS)
const BY_CODE: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [LAYOUTS[kind].code, kind]))

const widthsOf = (kind: Kind): [name: string, width: number][] => Object.entries(LAYOUTS[kind].fixed)

/**
 * Takes a message apart. Fields come in any order, unknown ones are kept, what is no field is passed by.
 * @returns undefined when it begins like none we know, or ends within its fixed fields
 */
export function parseMessage(text: string): Message | undefined {
  const kind = BY_CODE.get(text.slice(0, 2))
  if (kind === undefined) return undefined
  let at = 2
  const fixed: Record<string, string> = {}
  for (const [name, width] of widthsOf(kind)) {
    fixed[name] = text.slice(at, at + width)
    at += width
  }
  if (text.length < at) return undefined
  const fields = text
    .slice(at)
    .split('|')
    .filter((part) => CODE.test(part.slice(0, 2)))
    .map((part): Field => [part.slice(0, 2), part.slice(2)])
  // The table says which fixed fields a kind has; the loop above has filled exactly those.
  return { kind, fixed, fields } as Message
}

/** Writes a message. Fixed fields are filled or cut to their width; of other values whatever would end them is a space. */
export function formatMessage({ kind, fixed, fields }: Message): string {
  const given: Readonly<Record<string, string>> = fixed
  const head = widthsOf(kind).map(([name, width]) =>
    plain(given[name] ?? '')
      .padEnd(width)
      .slice(0, width),
  )
  const tail = fields
    .filter(([code]) => CODE.test(code))
    .map(([code, value]) => `${code}${cut(plain(value))}|`)
  return `${LAYOUTS[kind].code}${head.join('')}${tail.join('')}`
}

/** The first field with a code, without signs that cannot be seen and spaces around it; empty when there is none. */
export function fieldOf({ fields }: { readonly fields: readonly Field[] }, code: string): string {
  return (
    fields
      .find(([name]) => name === code)?.[1]
      .replace(/\p{Cc}/gu, '')
      .trim() ?? ''
  )
}

const plain = (value: string) => value.replace(/[|\p{Cc}]/gu, ' ')

/** By characters, so that none is cut in two. */
function cut(value: string): string {
  return value.length <= LONGEST_VALUE ? value : Array.from(value).slice(0, LONGEST_VALUE).join('')
}
