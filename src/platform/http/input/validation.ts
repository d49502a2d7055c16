import type { FieldError, Text } from '../../refusal.ts'

/** One finding of the schema validator (ajv), as Fastify hands it over. */
export interface Finding {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string
}

const TYPES: Readonly<Record<string, Text>> = {
  string: { ko: '글자여야 합니다.', en: 'Must be a text.' },
  integer: { ko: '정수여야 합니다.', en: 'Must be a whole number.' },
  number: { ko: '숫자여야 합니다.', en: 'Must be a number.' },
  boolean: { ko: 'true 또는 false여야 합니다.', en: 'Must be true or false.' },
  array: { ko: '목록이어야 합니다.', en: 'Must be a list.' },
  object: { ko: 'JSON 객체여야 합니다.', en: 'Must be a JSON object.' },
}

const FORMATS: Readonly<Record<string, Text>> = {
  date: {
    ko: '날짜를 2026-01-31 형식으로 입력해 주세요.',
    en: 'Must be a day like 2026-01-31.',
  },
  'date-time': {
    ko: '시각을 2026-01-31T09:00:00Z 형식으로 입력해 주세요.',
    en: 'Must be a time like 2026-01-31T09:00:00Z.',
  },
  uuid: { ko: '올바른 번호(UUID)가 아닙니다.', en: 'Must be an id (UUID).' },
}

const MESSAGES: Readonly<Record<string, (params: Record<string, unknown>) => Text>> = {
  required: () => ({ ko: '필수 항목입니다.', en: 'This field is required.' }),
  additionalProperties: () => ({ ko: '알 수 없는 항목입니다.', en: 'This field is not known.' }),
  type: ({ type }) => TYPES[String(type)] ?? { ko: '값이 올바르지 않습니다.', en: 'The value is not valid.' },
  minLength: ({ limit }) => ({
    ko: `${limit}자 이상이어야 합니다.`,
    en: `Must have at least ${limit} characters.`,
  }),
  maxLength: ({ limit }) => ({
    ko: `${limit}자 이하여야 합니다.`,
    en: `Must have at most ${limit} characters.`,
  }),
  minimum: ({ limit }) => ({ ko: `${limit} 이상이어야 합니다.`, en: `Must be at least ${limit}.` }),
  maximum: ({ limit }) => ({ ko: `${limit} 이하여야 합니다.`, en: `Must be at most ${limit}.` }),
  minItems: ({ limit }) => ({
    ko: `${limit}개 이상이어야 합니다.`,
    en: `Must have at least ${limit} entries.`,
  }),
  maxItems: ({ limit }) => ({ ko: `${limit}개 이하여야 합니다.`, en: `Must have at most ${limit} entries.` }),
  text: () => ({
    ko: '사용할 수 없는 문자가 있습니다.',
    en: 'Has a character that cannot be used (NUL, or half a surrogate pair).',
  }),
  depth: () => ({ ko: '너무 깊게 중첩되어 있습니다.', en: 'Is nested too deeply.' }),
  pattern: () => ({ ko: '형식이 올바르지 않습니다.', en: 'The format is not valid.' }),
  format: ({ format }) =>
    FORMATS[String(format)] ?? { ko: '형식이 올바르지 않습니다.', en: 'The format is not valid.' },
  enum: ({ allowedValues }) => ({
    ko: `허용된 값: ${listOf(allowedValues)}`,
    en: `Must be one of: ${listOf(allowedValues)}`,
  }),
  const: ({ allowedValue }) => ({ ko: `허용된 값: ${allowedValue}`, en: `Must be ${allowedValue}` }),
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : String(values)
}

/** More errors than these help nobody; the answer to a small request must not be large. */
const MOST_ERRORS = 20
/** Names of unknown members are the client's own words, and may be of any length. */
const LONGEST_FIELD = 100

function shortened(field: string): string {
  const cut = field.length > LONGEST_FIELD ? `${field.slice(0, LONGEST_FIELD)}…` : field
  return cut.toWellFormed().replaceAll('\0', '\ufffd')
}

const PARTS: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

/**
 * Turns validator findings into errors by field, in both languages. A union of constants (TypeBox's form of an
 * enumeration) gives one error, not one per member. At most 20 are told.
 * @param part body, querystring (told as `query`), params (told as `path`) or headers
 */
export function fieldErrors(part: string, findings: readonly Finding[]): FieldError[] {
  const unions = new Set(findings.filter((f) => f.keyword === 'anyOf').map((f) => f.instancePath))
  const relevant = findings.filter((f) => f.keyword === 'anyOf' || !unions.has(f.instancePath))
  return relevant.slice(0, MOST_ERRORS).map((finding) => {
    const path = finding.instancePath.split('/').filter(Boolean)
    const missing = finding.params.missingProperty ?? finding.params.additionalProperty
    if (typeof missing === 'string') path.push(missing)
    const message = MESSAGES[finding.keyword]?.(finding.params) ?? unionMessage(finding, findings)
    return {
      field: shortened([PARTS[part] ?? part, ...path].join('.')),
      code: finding.keyword === 'anyOf' ? 'enum' : finding.keyword,
      message,
    }
  })
}

function unionMessage(finding: Finding, findings: readonly Finding[]): Text {
  const allowed = findings
    .filter((f) => f.instancePath === finding.instancePath && f.keyword === 'const')
    .map((f) => String(f.params.allowedValue))
  if (allowed.length > 0)
    return { ko: `허용된 값: ${allowed.join(', ')}`, en: `Must be one of: ${allowed.join(', ')}` }
  return { ko: '값이 올바르지 않습니다.', en: finding.message ?? 'The value is not valid.' }
}
