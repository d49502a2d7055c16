import { sql } from 'kysely'
import type { Db, Tx } from '../database/database.ts'
import { newId } from '../ids.ts'
import { currentRequest } from '../telemetry/request-context.ts'

/** What can be told of something before and after: plain JSON, nothing secret. */
type Facts = Readonly<Record<string, unknown>>

/** The words that may be written, filled in by `src/contracts/audit-actions.ts`; any where that is not compiled with it. */
// biome-ignore lint/suspicious/noEmptyInterface: contracts add to it
export interface AuditWords {}
type WordOf<Name extends string> = AuditWords extends { readonly [Each in Name]: infer Word extends string }
  ? Word
  : string

export interface AuditNote {
  /** Whose doing it is: a user id, or `system` for the command line. */
  actorId: string
  /** `thing.done_to_it`, or the operation that was asked for. */
  action: WordOf<'action'> | `operation.${string}`
  subject: { type: WordOf<'subject'>; id: string }
  /** What they gave as their reason. */
  reason?: string | undefined
  before?: Facts | undefined
  after?: Facts | undefined
}

export interface AuditEntry {
  id: string
  at: Temporal.Instant
  actor_id: string
  action: string
  subject_type: string
  subject_id: string
  reason: string | null
  before: unknown
  after: unknown
  request_id: string | null
}

type AuditTables = { 'platform.audit_entry': AuditEntry }

const audit = (db: Db | Tx) => db.$extendTables<AuditTables>()

/**
 * Writes down what somebody does, in the transaction of the deed: the one is not there without the other. A look at
 * what belongs to somebody else is written down before it is shown. The database lets nobody change what stands here.
 */
export async function writeAudit(db: Db | Tx, now: Temporal.Instant, note: AuditNote): Promise<void> {
  await audit(db)
    .insertInto('platform.audit_entry')
    .values({
      id: newId(),
      at: now,
      actor_id: note.actorId,
      action: note.action,
      subject_type: note.subject.type,
      subject_id: note.subject.id,
      reason: note.reason ?? null,
      before: jsonOf(note.before),
      after: jsonOf(note.after),
      request_id: currentRequest()?.requestId ?? null,
    })
    .execute()
}

/** For so long one row stands for the looks of one person at one thing. */
export const LOOK_MINUTES = 10

/**
 * Writes down that somebody looks at something, before it is shown. Screens that follow what happens ask again every
 * few seconds: looks of one person at the same thing, asked for in the same way, are written down once in
 * {@link LOOK_MINUTES} minutes. So a row says that they may have seen whatever was there from then on for as long, and
 * nothing is shown that no row stands for.
 */
export async function writeLook(db: Db | Tx, now: Temporal.Instant, note: AuditNote): Promise<void> {
  const { actorId, action, subject } = note
  const after = jsonOf(note.after)
  await sql`
    insert into platform.audit_entry (id, at, actor_id, action, subject_type, subject_id, after, request_id)
    select ${newId()}, ${now}, ${actorId}, ${action}, ${subject.type}, ${subject.id}, ${after}::jsonb,
           ${currentRequest()?.requestId ?? null}
    where not exists (
      select from platform.audit_entry
      where actor_id = ${actorId} and action = ${action} and subject_id = ${subject.id}
        and at > ${now.subtract({ minutes: LOOK_MINUTES })} and at <= ${now}
        and subject_type = ${subject.type} and after is not distinct from ${after}::jsonb)`.execute(db)
}

/** The same where a route is for owners as well: a look at one's own is not written down. */
export async function lookOfOthers(
  db: Db | Tx,
  now: Temporal.Instant,
  { actorId, ownerId }: { actorId: string; ownerId: string | undefined },
  note: Pick<AuditNote, 'action' | 'subject' | 'after'>,
): Promise<void> {
  if (actorId !== ownerId) await writeLook(db, now, { actorId, ...note })
}

/**
 * Writes down what somebody who works here does with what belongs to somebody else, where a route is for owners as well
 * as for them. What people do with their own is not written down.
 */
export async function noteOfOthers(
  db: Db | Tx,
  now: Temporal.Instant,
  { actorId, ownerId }: { actorId: string; ownerId: string | undefined },
  note: Omit<AuditNote, 'actorId'>,
): Promise<void> {
  if (actorId !== ownerId) await writeAudit(db, now, { actorId, ...note })
}

function jsonOf(facts: Facts | undefined): string | null {
  return facts === undefined ? null : JSON.stringify(facts)
}

export interface AuditFilter {
  actorId?: string
  action?: string
  subjectType?: string
  subjectId?: string
  from?: Temporal.Instant
  /** Not included. */
  to?: Temporal.Instant
  /** Id of the last entry of the page before. */
  after?: string
  limit: number
}

/** Entries, newest first. */
export async function readAudit(db: Db, filter: AuditFilter): Promise<AuditEntry[]> {
  let query = audit(db).selectFrom('platform.audit_entry').selectAll()
  if (filter.actorId !== undefined) query = query.where('actor_id', '=', filter.actorId)
  if (filter.action !== undefined) query = query.where('action', '=', filter.action)
  if (filter.subjectType !== undefined) query = query.where('subject_type', '=', filter.subjectType)
  if (filter.subjectId !== undefined) query = query.where('subject_id', '=', filter.subjectId)
  if (filter.from !== undefined) query = query.where('at', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('at', '<', filter.to)
  if (filter.after !== undefined) query = query.where('id', '<', filter.after)
  return query.orderBy('id', 'desc').limit(filter.limit).execute()
}
