import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { Won } from '../../../platform/money.ts'
import { PROPOSAL_LIFE } from '../rules/decision.ts'
import { type ProposalTable, payments } from './tables.ts'

export type ProposalRow = Selectable<ProposalTable>

export interface NewProposal {
  kind: ProposalTable['kind']
  subjectId: string
  amount: Won
  /** What is to be done, as the use case takes it. */
  terms: Readonly<Record<string, unknown>>
  providerSaid: string | null
  proposedBy: string
}

/** Writes a proposal; an open one for the same thing gives way when its time is over, and else stands. */
export async function saveProposal(
  tx: Tx,
  wish: NewProposal,
  now: Temporal.Instant,
): Promise<{ proposal: ProposalRow; isNew: boolean }> {
  await payments(tx)
    .updateTable('payments.proposal')
    .set({ state: 'expired', ended_by: 'system', ended_at: now })
    .where('kind', '=', wish.kind)
    .where('subject_id', '=', wish.subjectId)
    .where('state', '=', 'open')
    .where('expires_at', '<=', now)
    .execute()
  const written = await payments(tx)
    .insertInto('payments.proposal')
    .values({
      id: newId(),
      kind: wish.kind,
      subject_id: wish.subjectId,
      amount: wish.amount,
      terms: JSON.stringify(wish.terms),
      provider_said: wish.providerSaid,
      proposed_by: wish.proposedBy,
      proposed_at: now,
      expires_at: now.add(PROPOSAL_LIFE),
      state: 'open',
      ended_by: null,
      ended_at: null,
    })
    // Written out: once a statement is planned without its values, a parameter matches no partial index.
    .onConflict((conflict) =>
      conflict.columns(['kind', 'subject_id']).where('state', '=', sql.lit('open')).doNothing(),
    )
    .returningAll()
    .executeTakeFirst()
  if (written) return { proposal: written, isNew: true }
  const open = await payments(tx)
    .selectFrom('payments.proposal')
    .selectAll()
    .where('kind', '=', wish.kind)
    .where('subject_id', '=', wish.subjectId)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return { proposal: open, isNew: false }
}

/** The proposal, not locked. */
export async function readProposal(db: Db | Tx, id: string): Promise<ProposalRow | undefined> {
  return payments(db).selectFrom('payments.proposal').selectAll().where('id', '=', id).executeTakeFirst()
}

/** How many proposals wait for a second person. */
export async function countOpenProposals(db: Db, now: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from payments.proposal where state = 'open' and expires_at > ${now}`.execute(db)
  return rows[0]?.count ?? 0
}

/** Proposals that wait for a second person, oldest first. */
export async function openProposals(db: Db, now: Temporal.Instant, limit: number): Promise<ProposalRow[]> {
  return payments(db)
    .selectFrom('payments.proposal')
    .selectAll()
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The compare-and-set: of several ends at the same time one counts. @returns whether this one did */
export async function endProposal(
  tx: Tx,
  id: string,
  { state, by, at }: { state: 'confirmed' | 'rejected'; by: string; at: Temporal.Instant },
): Promise<boolean> {
  const row = await payments(tx)
    .updateTable('payments.proposal')
    .set({ state, ended_by: by, ended_at: at })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('expires_at', '>', at)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
