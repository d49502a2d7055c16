import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { LendingPolicy, PolicyStamp } from '../rules/policy.ts'
import { copiesOutOf } from './loan-store.ts'

export interface PublishedPolicy extends PolicyStamp {
  rules: LendingPolicy
  publishedAt: Temporal.Instant
}

/** There is one set of rules; its versions follow one another. */
const POLICY = 'lending'

/** The rules new loans are made under. */
export async function currentPolicy(db: Db | Tx): Promise<PublishedPolicy> {
  const { rows } = await sql<PublishedPolicy>`
    select id, version, rules, published_at as "publishedAt" from borrow.policy
    where id = ${POLICY} order by version desc limit 1`.execute(db)
  const [policy] = rows
  if (!policy) throw new Error('no lending policy is published')
  return policy
}

/**
 * The same, and how many copies a patron has or waits for, by one statement: both are asked for every loan. With the
 * patron locked the count stays true to the end of the transaction.
 */
export async function rulesAndCopiesOut(
  tx: Tx,
  patronId: string,
): Promise<{ policy: PublishedPolicy; copiesOut: number }> {
  const { rows } = await sql<PublishedPolicy & { out: number }>`
    select id, version, rules, published_at as "publishedAt", ${copiesOutOf(patronId)} as out from borrow.policy
    where id = ${POLICY} order by version desc limit 1`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('no lending policy is published')
  const { out, ...policy } = row
  return { policy, copiesOut: out }
}

/** @returns false when somebody published this version meanwhile */
export async function insertPolicy(
  tx: Tx,
  version: number,
  rules: LendingPolicy,
  at: Temporal.Instant,
  by: string,
): Promise<boolean> {
  const { rows } = await sql`
    insert into borrow.policy (id, version, rules, published_at, published_by)
    values (${POLICY}, ${version}, ${JSON.stringify(rules)}::jsonb, ${at}, ${by})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}
