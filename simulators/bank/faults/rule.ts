import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'

const strict = { additionalProperties: false } as const
const ms = (maximum = 600_000) => Type.Integer({ minimum: 0, maximum })
const count = Type.Integer({ minimum: 1, maximum: 1_000_000 })
const text = Type.String({ minLength: 1, maxLength: 300 })

/** Which calls a rule is about. Every given field must agree; an empty match is every call. */
const Match = Type.Object(
  {
    provider: Type.Optional(Type.Union([Type.Literal('kakaopay'), Type.Literal('toss')])),
    operation: Type.Optional(text),
    partnerOrderId: Type.Optional(text),
    sid: Type.Optional(text),
    amount: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Only from this journal sequence on. */
    fromSeq: Type.Optional(count),
    /** Starts at the nth call that agrees with the fields above (1 = the first). */
    nth: Type.Optional(count),
    /** Strikes at most so often. */
    times: Type.Optional(count),
    /** Strikes with this probability, drawn from the rule's own seeded stream. */
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  strict,
)

/** When a delay passes: before the call takes effect, after it, or half of it each (default). */
const at = Type.Optional(Type.Union([Type.Literal('before'), Type.Literal('after'), Type.Literal('split')]))

const EFFECTS = {
  latency: Type.Union([
    Type.Object({ kind: Type.Literal('latency'), distribution: Type.Literal('fixed'), ms: ms(), at }, strict),
    Type.Object(
      { kind: Type.Literal('latency'), distribution: Type.Literal('uniform'), minMs: ms(), maxMs: ms(), at },
      strict,
    ),
    Type.Object(
      {
        kind: Type.Literal('latency'),
        distribution: Type.Literal('lognormal'),
        medianMs: ms(),
        sigma: Type.Number({ minimum: 0, maximum: 5 }),
        maxMs: Type.Optional(ms()),
        at,
      },
      strict,
    ),
  ]),
  timeout_before: Type.Object({ kind: Type.Literal('timeout_before'), holdMs: Type.Optional(ms()) }, strict),
  timeout_after: Type.Object({ kind: Type.Literal('timeout_after'), holdMs: Type.Optional(ms()) }, strict),
  reset_before: Type.Object({ kind: Type.Literal('reset_before') }, strict),
  reset_after: Type.Object({ kind: Type.Literal('reset_after') }, strict),
  http_5xx: Type.Object(
    {
      kind: Type.Literal('http_5xx'),
      status: Type.Optional(Type.Integer({ minimum: 500, maximum: 599 })),
      sideEffect: Type.Optional(Type.Boolean()),
      /** `none` = a proxy's page without an error code, `provider` = the provider's own error body. */
      body: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('provider')])),
    },
    strict,
  ),
  bad_body: Type.Object(
    {
      kind: Type.Literal('bad_body'),
      form: Type.Union([
        Type.Literal('truncated'),
        Type.Literal('html'),
        Type.Literal('empty'),
        Type.Literal('content_type'),
        Type.Literal('half_closed'),
      ]),
      sideEffect: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
  decline: Type.Object(
    {
      kind: Type.Literal('decline'),
      code: Type.Optional(Type.Union([Type.Integer(), text])),
      message: Type.Optional(text),
      /** `null` = answer without extras, which leaves the caller in doubt. */
      extras: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
    },
    strict,
  ),
  error: Type.Object(
    {
      kind: Type.Literal('error'),
      status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
      code: Type.Union([Type.Integer(), text]),
      message: Type.Optional(text),
      extras: Type.Optional(Type.Record(Type.String(), Type.String())),
    },
    strict,
  ),
  rate_limit: Type.Object(
    { kind: Type.Literal('rate_limit'), retryAfterSeconds: Type.Optional(ms(86_400)) },
    strict,
  ),
  amount_mismatch: Type.Object(
    {
      kind: Type.Literal('amount_mismatch'),
      /** Added to the total the answer speaks of; the charge itself stays right. Default 100 won. */
      by: Type.Optional(Type.Integer()),
      /** Toss only: the currency the answer speaks of. */
      currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    },
    strict,
  ),
  unknown_status: Type.Object({ kind: Type.Literal('unknown_status'), status: Type.Optional(text) }, strict),
  lookup_lag: Type.Object(
    {
      kind: Type.Literal('lookup_lag'),
      answer: Type.Optional(Type.Union([Type.Literal('not_found'), Type.Literal('stale')])),
      /** The first so many lookups of one payment since its last change. */
      lookups: Type.Optional(count),
      /** Lookups so soon after the payment's last change, by the bank's clock. */
      ms: Type.Optional(ms(86_400_000)),
    },
    strict,
  ),
  slow_drip: Type.Object(
    {
      kind: Type.Literal('slow_drip'),
      ms: ms(),
      chunks: Type.Optional(Type.Integer({ minimum: 2, maximum: 1000 })),
    },
    strict,
  ),
  duplicate_order: Type.Object({ kind: Type.Literal('duplicate_order') }, strict),
  duplicate_callback: Type.Object(
    {
      kind: Type.Literal('duplicate_callback'),
      copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
      /** 0 = all at once with the browser; otherwise one after the other with this pause. */
      gapMs: Type.Optional(ms(60_000)),
    },
    strict,
  ),
  no_return: Type.Object({ kind: Type.Literal('no_return') }, strict),
  tamper_return: Type.Object(
    { kind: Type.Literal('tamper_return'), set: Type.Record(Type.String(), Type.String()) },
    strict,
  ),
  webhook: Type.Object(
    {
      kind: Type.Literal('webhook'),
      lose: Type.Optional(Type.Boolean()),
      copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
      delayMs: Type.Optional(ms()),
      /** Held back until the next webhook has gone out, so the two arrive in the wrong order. */
      swap: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
  transactions: Type.Object(
    {
      kind: Type.Literal('transactions'),
      /** Leaves out the first row of the list, or adds one the bank never charged. */
      omitFirst: Type.Optional(Type.Boolean()),
      addExtra: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
} satisfies Record<string, TSchema>

export type EffectKind = keyof typeof EFFECTS
export type EffectOf<K extends EffectKind> = Static<(typeof EFFECTS)[K]>
export type Effect = { [K in EffectKind]: EffectOf<K> }[EffectKind]
export type Match = Static<typeof Match>

/** A rule as it stands: when (`match`) which trouble (`effects`) is made. */
export interface Rule {
  id: string
  match: Match
  effects: Effect[]
}

export type ParsedRule =
  | { kind: 'ok'; rule: Omit<Rule, 'id'> & { id?: string } }
  | { kind: 'refused'; message: string }

function complaint(schema: TSchema, value: unknown, where: string): string | undefined {
  if (Value.Check(schema, value)) return undefined
  const errors = Value.Errors(schema, value)
  const telling =
    errors.find((error) => error.keyword !== 'boolean' && error.keyword !== 'const') ?? errors[0]
  const extra = telling?.keyword === 'additionalProperties' ? ` (${JSON.stringify(telling.params)})` : ''
  return `${where}${telling?.instancePath ?? ''}: ${telling?.message ?? 'is not valid'}${extra}`
}

function isEffect(value: unknown): value is Effect {
  return Object.values(EFFECTS).some((schema) => Value.Check(schema, value))
}

function effectComplaint(value: unknown, where: string): string | undefined {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  const known = Object.entries(EFFECTS).find(([name]) => name === kind)
  if (known === undefined) return `${where}/kind: must be one of ${Object.keys(EFFECTS).join(', ')}`
  return complaint(known[1], value, where)
}

/**
 * Reads one rule as posted: `{ id?, match?, effect }` or `{ id?, match?, effects: [...] }`.
 * Refused with a message that names the field when anything is unknown, missing or out of range.
 */
export function parseRule(value: unknown, where: string): ParsedRule {
  const refused = (message: string): ParsedRule => ({ kind: 'refused', message })
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused(`${where}: must be an object with match and effect`)
  const given = Object.entries(value)
  const unknown = given.find(([name]) => !['id', 'match', 'effect', 'effects'].includes(name))
  if (unknown !== undefined) return refused(`${where}/${unknown[0]}: is not a field of a rule`)
  const rule: Record<string, unknown> = Object.fromEntries(given)
  const { id, match = {}, effect, effects } = rule
  if (id !== undefined && (typeof id !== 'string' || !/^[\w.-]{1,60}$/.test(id)))
    return refused(`${where}/id: must be 1 to 60 letters, digits, dots, dashes or underscores`)
  const wrongMatch = complaint(Match, match, `${where}/match`)
  if (wrongMatch !== undefined || !Value.Check(Match, match)) return refused(wrongMatch ?? `${where}/match`)
  if ((effect === undefined) === (effects === undefined))
    return refused(`${where}: give either effect or effects`)
  const list: unknown = effects ?? [effect]
  if (!Array.isArray(list) || list.length === 0) return refused(`${where}/effects: must be a list of effects`)
  const parsed: Effect[] = []
  for (const [at, one] of list.entries()) {
    const place = effects === undefined ? `${where}/effect` : `${where}/effects/${at}`
    const wrong = effectComplaint(one, place)
    if (wrong !== undefined || !isEffect(one)) return refused(wrong ?? `${place}: is not valid`)
    if (one.kind === 'latency' && one.distribution === 'uniform' && one.minMs > one.maxMs)
      return refused(`${place}: minMs must not be greater than maxMs`)
    parsed.push(one)
  }
  return { kind: 'ok', rule: { ...(typeof id === 'string' ? { id } : {}), match, effects: parsed } }
}
