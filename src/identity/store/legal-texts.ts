/** Legal texts word for word, and who agreed to which version: rows are written once and never changed. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import { transact } from '../../platform/database/database.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { effectiveOn, type LegalKind, type LegalText, type Wording } from '../rules/legal-text.ts'

interface Row {
  kind: LegalKind
  version: string
  effectiveOn: string
  ko: string
  en: string
  keptAt: Temporal.Instant
}

/** All versions, or those of one kind. */
export async function legalTexts(db: Db | Tx, kind?: LegalKind): Promise<LegalText[]> {
  const { rows } = await sql<Row>`
    select kind, version, effective_on::text as "effectiveOn", ko, en, kept_at as "keptAt" from identity.legal_text
    where ${kind === undefined ? sql`true` : sql`kind = ${kind}`} order by kind, effective_on, kept_at`.execute(
    db,
  )
  return rows.map(({ ko, en, effectiveOn: from, ...row }) => ({
    ...row,
    text: { ko, en },
    effectiveOn: Temporal.PlainDate.from(from),
  }))
}

/** Lets processes that start at the same time take turns. */
const KEEPING = 4_812_077

/**
 * Keeps texts whose version is new, before anybody can agree to them: a first one counts at once, another one after its
 * notice.
 * @throws when a version is kept with other sentences
 */
export function keepLegalTexts(db: Db, clock: Clock, wordings: readonly Wording[]): Promise<void> {
  return transact(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${KEEPING})`.execute(tx)
    for (const wording of wordings) await keep(tx, clock, wording)
  })
}

async function keep(tx: Tx, clock: Clock, { kind, version, text }: Wording): Promise<void> {
  const earlier = await legalTexts(tx, kind)
  const kept = earlier.find((one) => one.version === version)
  if (kept !== undefined && (kept.text.ko !== text.ko || kept.text.en !== text.en))
    throw new Error(`version ${version} of ${kind} is kept with another text`)
  if (kept !== undefined) return
  const from = effectiveOn(kind, earlier, clock.today()).toString()
  await sql`
    insert into identity.legal_text (kind, version, effective_on, ko, en, kept_at)
    values (${kind}, ${version}, ${from}::date, ${text.ko}, ${text.en}, ${clock.now()})`.execute(tx)
}

export interface Agreement {
  kind: LegalKind
  version: string
  agreedAt: Temporal.Instant
}

/** Writes down to which versions an account agrees. */
export async function insertAgreements(
  tx: Tx,
  accountId: string,
  versions: Readonly<Partial<Record<LegalKind, string>>>,
  now: Temporal.Instant,
): Promise<void> {
  for (const [kind, version] of Object.entries(versions))
    await sql`
      insert into identity.agreement (account_id, kind, version, agreed_at)
      values (${accountId}, ${kind}, ${version}, ${now})`.execute(tx)
}

/** To which versions an account agreed, and when. */
export async function agreementsOf(db: Db, accountId: string): Promise<Agreement[]> {
  const { rows } = await sql<Agreement>`
    select kind, version, agreed_at as "agreedAt" from identity.agreement
    where account_id = ${accountId} order by agreed_at, kind`.execute(db)
  return rows
}
