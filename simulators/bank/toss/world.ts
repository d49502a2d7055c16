import type { Decision } from '../decision.ts'
import { effectOf, type Plan } from '../faults/plan.ts'
import { type Read, readAll, type Values } from '../fields.ts'
import { type Language, refuse } from './errors.ts'
import type { TossDeclinedRow } from './rows.ts'
import type { TossState } from './state.ts'

/** What a Toss call may know of the world while it is decided. */
export interface TossWorld {
  state: TossState
  /** The bank's clock, milliseconds. */
  now: number
  newId: (letter: string) => string
  publicUrl: string
  plan: Plan
  language: Language
  countLookup: (key: string, lastChange: number) => number
}

export type Body = Readonly<Record<string, unknown>>

/** A payment must be confirmed, and an authKey used, within 10 minutes of the customer's consent. */
export const CONFIRM_WITHIN_MS = 10 * 60 * 1000

/** How long the answer to an idempotency key is repeated. */
export const IDEMPOTENCY_MS = 15 * 24 * 60 * 60 * 1000

/** Smallest amount a card is charged, in won. */
export const MINIMUM_AMOUNT = 100

export const ORDER_ID = /^[\w-]{6,64}$/
export const CUSTOMER_KEY = /^[\w\-=.,@]{2,300}$/

/** Reads all fields; the first wrong one is refused with INVALID_REQUEST and its name. */
export function readFields<S extends Record<string, Read<unknown>>>(
  world: TossWorld,
  schema: S,
  body: Body,
): { kind: 'ok'; value: Values<S> } | { kind: 'refused'; decision: Decision } {
  const read = readAll(schema, body)
  return read.kind === 'ok'
    ? read
    : { kind: 'refused', decision: refuse(world.language, 'INVALID_REQUEST', `${read.name} ${read.why}`) }
}

/** The refusal a fault rule has in store for a call that would otherwise succeed. */
export function plannedDecline(
  world: TossWorld,
  defaultCode: string,
  row: Omit<TossDeclinedRow, 'provider' | 'kind' | 'code'>,
): Decision | undefined {
  const decline = effectOf(world.plan, 'decline')
  if (decline === undefined) return undefined
  const code = String(decline.code ?? defaultCode)
  return refuse(world.language, code, decline.message, [{ ...row, provider: 'toss', kind: 'declined', code }])
}
