import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Db, isTimeout, type Tx, transact } from '../database/database.ts'
import { WITH_COMMIT } from '../database/prepared-statements.ts'
import { type Refused, refused } from '../refusal.ts'

/** A repeated request is recognised by who sent it, to which operation, with which key. */
export interface RequestKey {
  /** e.g. `orders:<user id>` */
  scope: string
  key: string
  /** What was asked; the same key with another body is refused. */
  body: unknown
}

export const IDEMPOTENCY_KEY_PATTERN = '^[A-Za-z0-9_.:-]{16,128}$'

/** How long answers are kept. */
export const IDEMPOTENCY_RETENTION = { hours: 72 } as const

/**
 * SHA-256 over canonical JSON (keys sorted), so member order does not matter.
 * @throws TypeError at what JSON would show empty or not at all (a Map, a function): two different ones would be the same
 */
export function fingerprintOf(body: unknown): string {
  return createHash('sha256').update(canonical(body)).digest('base64url')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    // Moments and dates say themselves how they are written.
    if (saysItsJson(value)) return canonical(value.toJSON())
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) throw new TypeError('it has no canonical JSON')
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
  }
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError('it has no canonical JSON')
  return JSON.stringify(value) ?? 'null'
}

function saysItsJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

export interface Answer<T> {
  kind: 'answered'
  status: number
  body: T
  /** True when this is the kept answer of an earlier, equal request. */
  replayed: boolean
}

/** Why a repeated key gets no answer. */
export type KeyRefusal = 'idempotency_key_reused' | 'request_in_progress'

/**
 * Runs work once per key: the key, the work's writes and its answer are one transaction. A second request with
 * the same key waits for the first (row lock on the unique key) and gets the same answer; if the first was refused
 * or crashed, nothing of it is left and the second simply runs.
 * Refusals: idempotency_key_reused (other body), request_in_progress (the first is still running).
 */
export async function once<T extends object, Code extends string = string>(
  db: Db,
  request: RequestKey,
  now: Temporal.Instant,
  work: (tx: Tx) => Promise<{ kind: 'answered'; status: number; body: T } | Refused<Code>>,
): Promise<Answer<T> | Refused<Code | KeyRefusal>> {
  const fingerprint = fingerprintOf(request.body)
  let waiting = true
  try {
    return await transact<Answer<T> | Refused<Code | KeyRefusal>>(db, async (tx, rollback) => {
      const { rows } = await sql`
        insert into platform.idempotency_key (scope, key, fingerprint, created_at)
        values (${request.scope}, ${request.key}, ${fingerprint}, ${now})
        on conflict do nothing returning 1`.execute(tx)
      waiting = false
      if (rows.length === 0) return replay<T>(tx, request, fingerprint)
      const result = await work(tx)
      if (result.kind === 'refused') return rollback(result)
      await sql`
        ${sql.raw(WITH_COMMIT)} update platform.idempotency_key set status = ${result.status}, answer = ${JSON.stringify(result.body)}::jsonb
        where scope = ${request.scope} and key = ${request.key}`.execute(tx)
      return { ...result, replayed: false }
    })
  } catch (error) {
    // Only waiting for the key says that the same request is running; the work's own locks say nothing of the kind.
    if (waiting && isTimeout(error)) return refused('request_in_progress', { retryAfterSeconds: 2 })
    throw error
  }
}

async function replay<T>(
  tx: Tx,
  request: RequestKey,
  fingerprint: string,
): Promise<Answer<T> | Refused<KeyRefusal>> {
  const { rows } = await sql<{ fingerprint: string; status: number; answer: T }>`
    select fingerprint, status, answer from platform.idempotency_key
    where scope = ${request.scope} and key = ${request.key}`.execute(tx)
  const kept = rows[0]
  if (!kept) return refused('request_in_progress', { retryAfterSeconds: 1 })
  if (kept.fingerprint !== fingerprint) return refused('idempotency_key_reused')
  return { kind: 'answered', status: kept.status, body: kept.answer, replayed: true }
}

/** Forgets all answers of a scope before their time: they tell something that must go. Its keys may be used anew. */
export async function forgetAnswers(tx: Tx, scope: string): Promise<void> {
  await sql`delete from platform.idempotency_key where scope = ${scope}`.execute(tx)
}

/**
 * Takes from the kept answers of a scope what must go before their time, and keeps their keys: a request that is
 * repeated still does nothing anew.
 * @param of members by which the answers are known, e.g. the id of what they tell of
 * @param emptied members as they stand from now on
 */
export async function emptyAnswer(
  tx: Tx,
  scope: string,
  of: Readonly<Record<string, string>>,
  emptied: Readonly<Record<string, string>>,
): Promise<void> {
  await sql`
    update platform.idempotency_key set answer = answer || ${JSON.stringify(emptied)}::jsonb
    where scope = ${scope} and answer @> ${JSON.stringify(of)}::jsonb`.execute(tx)
}

/** Forgets keys past their retention. @returns how many */
export async function forgetOldKeys(db: Db, now: Temporal.Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from platform.idempotency_key where created_at < ${now.subtract(IDEMPOTENCY_RETENTION)}`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0n)
}
