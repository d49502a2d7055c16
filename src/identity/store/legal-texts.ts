/** Legal texts word for word, when they count, and who agreed to which version: rows are written once and never changed. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { effectiveOn, type LegalKind, type LegalText, type Wording, whenOpened } from '../rules/legal-text.ts'

interface Row {
  id: string
  kind: LegalKind
  version: string
  effectiveOn: string
  ko: string
  en: string
  announcedAt: Temporal.Instant
  withdrawnAt: Temporal.Instant | null
}

/** All versions as they were announced, or those of one kind. */
export async function legalTexts(db: Db | Tx, kind?: LegalKind): Promise<LegalText[]> {
  const { rows } = await sql<Row>`
    select a.id, a.kind, a.version, a.effective_on::text as "effectiveOn", t.ko, t.en, a.announced_at as "announcedAt",
      w.withdrawn_at as "withdrawnAt"
    from identity.legal_announcement a
      join identity.legal_text t on t.kind = a.kind and t.version = a.version
      left join identity.legal_withdrawal w on w.announcement_id = a.id
    where ${kind === undefined ? sql`true` : sql`a.kind = ${kind}`}
    order by a.kind, a.effective_on, a.announced_at`.execute(db)
  return rows.map(({ ko, en, effectiveOn: from, ...row }) => ({
    ...row,
    text: { ko, en },
    effectiveOn: Temporal.PlainDate.from(from),
  }))
}

/** A version word for word, as it was announced last; one that was taken back only if it never was otherwise. */
export async function findLegalText(
  db: Db,
  kind: LegalKind,
  version: string,
): Promise<LegalText | undefined> {
  const all = (await legalTexts(db, kind)).filter((one) => one.version === version)
  return all.findLast(({ withdrawnAt }) => withdrawnAt === null) ?? all.at(-1)
}

/** Lets processes that start at the same time take turns. */
const KEEPING = 4_812_077

/**
 * Keeps the texts a process opens with, before anybody can agree to them: a first one counts at once, another one after
 * its notice. What was announced and is not among them is taken back: a slip of the pen, or a trial that was given up.
 * @throws when a version is kept with other sentences
 */
export function keepLegalTexts(db: Db, clock: Clock, wordings: readonly Wording[]): Promise<void> {
  return transact(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${KEEPING})`.execute(tx)
    for (const wording of wordings) await keep(tx, clock, wording)
  })
}

async function keep(tx: Tx, clock: Clock, { kind, version, text }: Wording): Promise<void> {
  const all = await legalTexts(tx, kind)
  const kept = all.find((one) => one.version === version)
  if (kept !== undefined && (kept.text.ko !== text.ko || kept.text.en !== text.en))
    throw new Error(`version ${version} of ${kind} is kept with another text`)
  const [now, today] = [clock.now(), clock.today()]
  const { withdraw, announce } = whenOpened(all, version, today)
  for (const { id } of withdraw)
    await sql`insert into identity.legal_withdrawal (announcement_id, withdrawn_at) values (${id}, ${now})`.execute(
      tx,
    )
  if (!announce) return
  if (kept === undefined)
    await sql`
      insert into identity.legal_text (kind, version, ko, en, kept_at)
      values (${kind}, ${version}, ${text.ko}, ${text.en}, ${now})`.execute(tx)
  await sql`
    insert into identity.legal_announcement (id, kind, version, effective_on, announced_at)
    values (${newId()}, ${kind}, ${version}, ${effectiveOn({ kind, version }, all, today).toString()}::date, ${now})`.execute(
    tx,
  )
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
