import { sql } from 'kysely'
import type { LendingDeps } from './deps.ts'

/** How many loans wait for what the catalogue says, and for how long the oldest of them has. */
export async function pendingLoans({
  db,
  clock,
}: Pick<LendingDeps, 'db' | 'clock'>): Promise<{ loans: number; oldestSeconds: number }> {
  const { rows } = await sql<{ loans: number; oldest: Temporal.Instant | null }>`
    select count(*)::int as loans, min(borrowed_at) as oldest from borrow.loan where state = 'pending'`.execute(
    db,
  )
  const [{ loans, oldest } = { loans: 0, oldest: null }] = rows
  return { loans, oldestSeconds: oldest ? clock.now().since(oldest).total('seconds') : 0 }
}
