/** Reads one request field: its value, or the code of the refusal. */
export type Read<T> = (raw: unknown) => { value: T } | { code: number; why: string }
export type Values<S> = { [K in keyof S]: S[K] extends Read<infer T> ? T : never }

/** Required text of at most `max` characters, else refused with `code`. Numbers are taken as their digits. */
export function text(max: number, code = -726): Read<string> {
  return (raw) => {
    const value = typeof raw === 'number' ? String(raw) : raw
    if (typeof value !== 'string' || value === '') return { code, why: 'is required' }
    if (value.length > max) return { code, why: `is longer than ${max} characters` }
    return { value }
  }
}

/** Required whole number of at least `min`; a text of digits will do, as in KakaoPay's own samples. */
export function int(code: number, min = 0, max = 999_999_999): Read<number> {
  return (raw) => {
    const value = typeof raw === 'string' && /^-?\d{1,12}$/.test(raw) ? Number(raw) : raw
    if (raw === undefined || raw === null || raw === '') return { code, why: 'is required' }
    if (typeof value !== 'number' || !Number.isInteger(value)) return { code, why: 'must be a whole number' }
    if (value < min || value > max) return { code, why: `must be between ${min} and ${max}` }
    return { value }
  }
}

/** The same field, but it may be left out. */
export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (raw) => (raw === undefined || raw === null || raw === '' ? { value: undefined } : read(raw))
}

/** Required whole number that must come as a JSON number. */
export function strictInt(min = 0, max = 999_999_999): Read<number> {
  const read = int(0, min, max)
  return (raw) => (typeof raw === 'string' ? { code: 0, why: 'must be a number' } : read(raw))
}

/** Required text that matches a pattern. */
export function matching(pattern: RegExp): Read<string> {
  return (raw) =>
    typeof raw === 'string' && pattern.test(raw)
      ? { value: raw }
      : { code: 0, why: `must match ${pattern.source}` }
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[], code: number): Read<T> {
  return (raw) => {
    const value = words.find((word) => word === raw)
    return value === undefined ? { code, why: `must be one of ${words.join(', ')}` } : { value }
  }
}

/** A list of words out of a set, also when it comes as the text of a JSON list. */
export function listOf(words: readonly string[], code: number): Read<readonly string[]> {
  return (raw) => {
    const list: unknown = typeof raw === 'string' ? parseList(raw) : raw
    if (!Array.isArray(list)) return { code, why: 'must be a list' }
    const odd: unknown = list.find((word) => !words.some((known) => known === word))
    return odd === undefined
      ? { value: list.map(String) }
      : { code, why: `does not know ${JSON.stringify(odd)}` }
  }
}

function parseList(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}

/** The first field that is wrong: its name, the refusal's code and the reason. */
export interface WrongField {
  kind: 'wrong'
  name: string
  code: number
  why: string
}

/** Reads all fields in the order they are listed; the first wrong one decides. */
export function readAll<S extends Record<string, Read<unknown>>>(
  schema: S,
  body: Readonly<Record<string, unknown>>,
): { kind: 'ok'; value: Values<S> } | WrongField {
  const values: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(schema)) {
    const result = read(body[name])
    if ('code' in result) return { kind: 'wrong', name, ...result }
    values[name] = result.value
  }
  // Each value was read by the function its key names, which is what the type says.
  return { kind: 'ok', value: values as Values<S> }
}

/** VAT contained in a total that is partly tax free: a tenth on top of the supply price, so an eleventh. */
export function includedVat(total: number, taxFree: number): number {
  return Math.round((total - taxFree) / 11)
}
