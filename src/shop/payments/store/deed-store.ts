import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { HANDED_BACK_FOR } from '../rules/decision.ts'
import type { ProposalRow } from './proposal-store.ts'

/**
 * Longer than any provider is waited for. The first one begins with the confirmation: a trigger writes the deed with it,
 * whichever version of the program confirms.
 */
const LEASE = { seconds: 60 } as const

/** A confirmed proposal that is to be done now, and for the how-manieth time. */
export interface DueDeed {
  /** Of the proposal. */
  id: string
  proposal: ProposalRow
  tries: number
}

/** Takes what was confirmed and not done; each is taken by one process, for the time of a lease. */
export async function claimDeeds(db: Db, now: Temporal.Instant, limit: number): Promise<DueDeed[]> {
  const { rows } = await sql<ProposalRow & { tries: number }>`
    with due as (
      update payments.proposal_deed set act_at = ${now.add(LEASE)}, tries = tries + 1
      where proposal_id in (
        select proposal_id from payments.proposal_deed where done_at is null and act_at <= ${now}
        order by act_at limit ${limit} for update skip locked)
      returning proposal_id, tries)
    select p.*, due.tries from due join payments.proposal p on p.id = due.proposal_id
    order by p.id`.execute(db)
  return rows.map(({ tries, ...proposal }) => ({ id: proposal.id, proposal, tries }))
}

/** Keeps what became of it, once. @returns whether it was not known yet */
export async function closeDeed(
  tx: Tx,
  proposalId: string,
  { outcome, handedBack, at }: { outcome: string; handedBack: boolean; at: Temporal.Instant },
): Promise<boolean> {
  const { rows } = await sql`
    update payments.proposal_deed set done_at = ${at}, outcome = ${outcome}, handed_back = ${handedBack}
    where proposal_id = ${proposalId} and done_at is null returning proposal_id`.execute(tx)
  return rows.length > 0
}

/** Marks what was handed back as not wanted any more. @returns whether it was handed back until now */
export async function dismissDeed(tx: Tx, proposalId: string): Promise<boolean> {
  const { rows } = await sql`
    update payments.proposal_deed set handed_back = false
    where proposal_id = ${proposalId} and handed_back returning proposal_id`.execute(tx)
  return rows.length > 0
}

/** What was confirmed and could not be done while nobody looked, latest first, until it is proposed anew. */
export async function handedBack(
  db: Db,
  now: Temporal.Instant,
  limit: number,
): Promise<(ProposalRow & { outcome: string })[]> {
  const { rows } = await sql<ProposalRow & { outcome: string }>`
    select p.*, d.outcome ${waiting(now)} order by d.done_at desc limit ${limit}`.execute(db)
  return rows
}

/** How many of them there are. */
export async function countHandedBack(db: Db, now: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count ${waiting(now)}`.execute(db)
  return rows[0]?.count ?? 0
}

function waiting(now: Temporal.Instant): RawBuilder<unknown> {
  return sql`
    from payments.proposal_deed d join payments.proposal p on p.id = d.proposal_id
    where d.handed_back and d.done_at > ${now.subtract(HANDED_BACK_FOR)}
      and not exists (select from payments.proposal n
                      where n.kind = p.kind and n.subject_id = p.subject_id and n.proposed_at > p.proposed_at)`
}
