import { sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { businessDate, virtualClock } from '../../../platform/time/clock.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { returnCopies } from '../lending/return-copies.ts'
import { publishBorrowed, publishSettled } from '../publish.ts'
import { dueDate } from '../rules/due-date.ts'
import { activateLoan, type PendingLoan } from '../rules/loan.ts'
import { insertLoan, saveLoan } from '../store/loan-store.ts'
import { ensurePatron } from '../store/patron-store.ts'
import { currentPolicy } from '../store/policy-store.ts'

/** A loan that began in the past, of a book that is there in as many copies. */
export interface DemoLoan {
  patronId: string
  bookId: string
  title: string
  copies: number
  daysAgo: number
  /** How many came back, and how many days ago. */
  returned?: { copies: number; daysAgo: number }
}

/**
 * Adds loans as if they had been made earlier, unless there are loans. Stock, dashboards and everything else follow by
 * the same events as those of any other loan.
 */
export async function seedDemoLoans(deps: LendingDeps, loans: readonly DemoLoan[]): Promise<void> {
  const { rows } = await sql`select 1 from borrow.loan limit 1`.execute(deps.db)
  if (rows.length > 0) return
  for (const wish of loans) {
    const loanId = await lendEarlier(deps, wish)
    if (loanId === undefined || wish.returned === undefined) continue
    const clock = virtualClock(deps.clock.now().subtract({ hours: 24 * wish.returned.daysAgo }))
    const actor = { userId: wish.patronId, roles: ['customer'] as const, sessionId: 'demo' }
    const asked = { copies: wish.returned.copies }
    const returned = await returnCopies({ ...deps, clock }, { actor, loanId, idempotencyKey: newId(), asked })
    if (returned.kind === 'refused') throw new Error(`the demo loan ${loanId} was refused: ${returned.code}`)
  }
}

/** @returns undefined when the library is closed for so long that there is no due date */
async function lendEarlier(
  { db, clock, calendar }: LendingDeps,
  { patronId, bookId, title, copies, daysAgo }: DemoLoan,
): Promise<string | undefined> {
  const at = clock.now().subtract({ hours: 24 * daysAgo })
  return transact<string | undefined>(db, async (tx) => {
    await ensurePatron(tx, patronId, at)
    const policy = await currentPolicy(tx, clock.today())
    const due = dueDate(calendar, businessDate(at), policy.rules.loanDays)
    if (due.kind === 'refused') return undefined
    const pending: PendingLoan = {
      id: newId(),
      patronId,
      bookId,
      title,
      quantity: copies,
      state: 'pending',
      version: 1,
      borrowedAt: at,
      dueOn: due.on,
      dueVersion: 1,
      renewals: 0,
      policy: { id: policy.id, version: policy.version },
      settleBy: at.add({ minutes: policy.rules.pendingMinutes }),
    }
    await insertLoan(tx, pending)
    await publishBorrowed(tx, pending)
    const active = activateLoan(pending, title)
    await saveLoan(tx, pending, active)
    await publishSettled(tx, active, at)
    return pending.id
  })
}
