/** For bodies that state no bound of their own, and the most that any may have. */
const MOST_BYTES = 64 * 1024
/** What a body may have beside its values: white space of people who write JSON by hand. */
const SPARE_BYTES = 1024
/** The most bytes of one character in JSON: `\ud83c\udf3f`. */
const BYTES_OF_CHARACTER = 12
const BYTES_OF_NUMBER = 25
const BYTES_OF_FORMAT: Readonly<Record<string, number>> = { uuid: 38, date: 12, 'date-time': 42 }

/**
 * How many bytes a route reads of a body: twice what the largest valid one can have. More is refused before it is
 * read, so nobody makes us parse and check what cannot be right.
 */
export function bodyLimitOf(schema: unknown): number {
  if (schema === undefined) return SPARE_BYTES
  return Math.min(MOST_BYTES, 2 * mostBytesOf(schema) + SPARE_BYTES)
}

/** The size in bytes of the largest JSON value of a schema; infinite when the schema sets no bound. */
export function mostBytesOf(schema: unknown): number {
  if (!isObject(schema)) return Infinity
  const { enum: values, const: value, type, anyOf, oneOf, allOf } = schema
  if (value !== undefined) return bytesOf(value)
  if (Array.isArray(values)) return Math.max(...values.map(bytesOf))
  const alternatives = anyOf ?? oneOf
  if (Array.isArray(alternatives)) return Math.max(...alternatives.map(mostBytesOf))
  if (Array.isArray(allOf)) return Math.min(...allOf.map(mostBytesOf))
  if (Array.isArray(type))
    return Math.max(...type.map((one: unknown) => mostBytesOf({ ...schema, type: one })))
  switch (type) {
    case 'string':
      return mostBytesOfText(schema)
    case 'integer':
    case 'number':
      return BYTES_OF_NUMBER
    case 'boolean':
      return 5
    case 'null':
      return 4
    case 'array':
      return numberOr(schema.maxItems, Infinity) * (mostBytesOf(schema.items) + 1) + 2
    case 'object':
      return mostBytesOfObject(schema)
    default:
      return Infinity
  }
}

function mostBytesOfText({ maxLength, format }: Members): number {
  const known = typeof format === 'string' ? BYTES_OF_FORMAT[format] : undefined
  return known ?? numberOr(maxLength, Infinity) * BYTES_OF_CHARACTER + 2
}

function mostBytesOfObject({ properties, additionalProperties }: Members): number {
  if (additionalProperties !== false) return Infinity
  const members = Object.entries(isObject(properties) ? properties : {})
  return members.reduce((sum, [name, member]) => sum + bytesOf(name) + mostBytesOf(member) + 2, 2)
}

type Members = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}
