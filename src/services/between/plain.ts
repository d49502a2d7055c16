/**
 * Values as text for another process of ours: plain JSON, and maps, which JSON would lose. Anything else is a bug and
 * is said to be one, rather than to arrive as something it was not.
 */
const MAP = '$map'

/** A value as text for another process. @throws TypeError for what would not arrive as it is */
export function writePlain(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'null'
}

function plain(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return { [MAP]: [...value].map(plain) }
  if (isPlainObject(value) && !(MAP in value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
  throw new TypeError(`${Object.prototype.toString.call(value)} cannot be told to another process`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The value that `writePlain` wrote. */
export function readPlain(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) => {
    const isMap = typeof value === 'object' && value !== null && MAP in value && Array.isArray(value[MAP])
    return isMap ? new Map(value[MAP] as [unknown, unknown][]) : value
  })
}
