import { UserError } from './user-error.ts'

/** One environment variable with its meaning and default. */
export interface Setting<T> {
  name: string
  /** One line for people. */
  about: string
  /** As shown in the table; undefined means "not set". */
  fallback: string | undefined
  parse(text: string): T
  /** Its value is never shown, not even in a complaint about it. */
  secret: boolean
  /** Must be given in production: nothing is generated or simulated there. */
  production: boolean
  /** An earlier name. What is given under it is not read, so that it must not be given. */
  formerly?: string
  /** What is wrong with a value in production that is right elsewhere; also asked of the default. */
  refuse?: (value: string) => string | undefined
}

/** The settings of one owner, by the names its code uses. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>

/** What the settings of a table say, each as its parser gives it. */
export type ValuesOf<S extends SettingsTable> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

export type Environment = Readonly<Record<string, string | undefined>>

interface Marks {
  secret?: boolean
  production?: boolean
  formerly?: string
  refuse?: (value: string) => string | undefined
}

/**
 * A setting with a default.
 * @param parse throws a UserError that says what is expected, without the name: `must be …`
 */
export function setting<T>(
  name: string,
  fallback: string,
  about: string,
  parse: (text: string) => T,
  marks: Marks = {},
): Setting<T> {
  return { name, about, fallback, parse, secret: false, production: false, ...marks }
}

/** A setting that may be left out; then its value is undefined. */
export function optional<T>(
  name: string,
  about: string,
  parse: (text: string) => T,
  marks: Marks = {},
): Setting<T | undefined> {
  return { name, about, fallback: undefined, parse, secret: false, production: false, ...marks }
}

/**
 * Reads the settings of a table. An empty value counts as none.
 * @returns the values, and what is wrong with each setting that is; a value is there only if nothing is
 */
export function readSettings<S extends SettingsTable>(
  table: S,
  environment: Environment,
  production: boolean,
): { values: ValuesOf<S>; problems: string[] } {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, { name, fallback, parse, secret, production: needed, formerly, refuse }] of Object.entries(
    table,
  )) {
    if (formerly !== undefined && environment[formerly]) problems.push(`${formerly} is called ${name} now`)
    const given = environment[name]
    const source = given === undefined || given === '' ? fallback : given
    if (source === undefined) {
      values[key] = undefined
      if (needed && production) problems.push(`${name} is required with NODE_ENV=production`)
      continue
    }
    const refused = production ? refuse?.(source) : undefined
    if (refused !== undefined)
      problems.push(`${name}=${secret ? '…' : source}: ${refused} (NODE_ENV=production)`)
    try {
      values[key] = parse(source)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push(`${name}=${secret ? '…' : source}: ${reason}`)
    }
  }
  return { values: values as ValuesOf<S>, problems }
}

/** A table of settings in Markdown, for the README. */
export function settingsInMarkdown(tables: readonly SettingsTable[]): string {
  const rows = tables
    .flatMap((table) => Object.values(table))
    .map(
      ({ name, fallback, about }) =>
        `| \`${name}\` | ${fallback === undefined ? '–' : `\`${fallback}\``} | ${about} |`,
    )
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

/** A setting that is any text. */
export const text = (value: string): string => value

/** A setting that is a whole number between two others, both included. */
export function whole(min: number, max: number) {
  return (value: string): number => {
    const parsed = Number(value)
    if (!/^\d+$/.test(value.trim()) || parsed < min || parsed > max) {
      throw new UserError(`must be a whole number from ${min} to ${max}`)
    }
    return parsed
  }
}

/** A setting that is one of a few words. */
export function oneOf<const V extends string>(...values: V[]) {
  return (value: string): V => {
    const found = values.find((candidate) => candidate === value)
    if (found === undefined) throw new UserError(`must be one of ${values.join(', ')}`)
    return found
  }
}

/** A setting that is an address with one of these protocols (`https:`). */
export function url(...protocols: string[]) {
  return (value: string): string => {
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      throw new UserError(`must be an address starting with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    }
    return value.replace(/\/+$/, '')
  }
}

/** For {@link Setting.refuse}: an address that customers or money may be sent to. */
export function notOverTheNetwork(value: string): string | undefined {
  const address = URL.parse(value)
  if (address?.protocol !== 'https:') return 'must start with https://'
  return isThisMachine(address.hostname) ? 'is an address of this machine' : undefined
}

/** Whether only programs of the same machine reach a host of this name. */
export function isThisMachine(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d+){3}$/.test(name)
}

/** For {@link Setting.refuse}: a secret that could be guessed. All zero, one pattern repeated, or short. */
export function guessable(value: string): string | undefined {
  if (value.length < 16) return 'is too short for a secret: 16 characters or more'
  return new Set(value).size < 8 ? 'is no random secret' : undefined
}

/** For {@link Setting.refuse}: a value that the provider publishes for tests, or that our simulators take. */
export function publishedForTests(pattern: RegExp) {
  return (value: string): string | undefined =>
    pattern.test(value) ? 'is a published test value' : undefined
}

/** The first objection of several. */
export function anyOf(...checks: ((value: string) => string | undefined)[]) {
  return (value: string): string | undefined => {
    for (const check of checks) {
      const objection = check(value)
      if (objection !== undefined) return objection
    }
    return undefined
  }
}

/** Waits in seconds, separated by commas. */
export function seconds(value: string): number[] {
  const parts = value.split(',').map((part) => Number(part.trim()))
  if (parts.some((part) => !(part >= 0.1)))
    throw new UserError('must be seconds separated by commas, e.g. 10,30,120')
  return parts
}

/** A parser of a context, whose refusal becomes the complaint. */
export function read<T>(
  parse: (value: string) => { kind: 'read'; value: T } | { kind: 'refused'; because: string },
) {
  return (value: string): T => {
    const parsed = parse(value)
    if (parsed.kind === 'refused') throw new UserError(parsed.because)
    return parsed.value
  }
}
