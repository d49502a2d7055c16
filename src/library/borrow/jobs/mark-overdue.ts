import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { giveUpLoan } from '../desk/lost-and-found.ts'
import { publishExpired } from '../publish.ts'
import { isPastDue, passDueDate } from '../rules/loan.ts'
import { isGivenUp } from '../rules/returning.ts'
import { lockIdleLoan, lockPatronOf, saveLoan } from '../store/loan-store.ts'
import { insertExpiry } from '../store/return-store.ts'
import { eachDue } from './each-due.ts'

interface Deps {
  db: Db
  clock: Clock
  log: Logger
}

/** Tells of loans whose due date has passed: once for each due version. @returns how many */
export function markOverdue({ db, clock, log }: Deps): Promise<number> {
  return eachDue({
    log,
    what: 'marking a loan overdue',
    page: async (after, limit) => {
      const { rows } = await sql<{ id: string }>`
        select id from borrow.loan
        where state = 'active' and due_on < ${clock.today()} and id > ${after} order by id limit ${limit}`.execute(
        db,
      )
      return rows.map(({ id }) => id)
    },
    work: (id) =>
      transact(db, async (tx) => {
        const lent = await lockIdleLoan(tx, id)
        // Returned or renewed meanwhile.
        if (lent?.loan.state !== 'active' || !isPastDue(lent.loan, clock.today())) return false
        const now = clock.now()
        const overdue = passDueDate(lent.loan)
        await insertExpiry(tx, id, overdue.dueVersion, now)
        await saveLoan(tx, lent.loan, overdue)
        await publishExpired(tx, overdue, now)
        return true
      }),
  })
}

/** Gives up copies that have been late for too long by the rules of their loan. @returns how many loans */
export function giveUpLongOverdue({ db, clock, log }: Deps): Promise<number> {
  return eachDue({
    log,
    what: 'giving up a loan',
    page: async (after, limit) => {
      const { rows } = await sql<{ id: string }>`
        select l.id from borrow.loan l
        join borrow.policy p on p.id = l.policy_id and p.version = l.policy_version
        where l.state = 'overdue' and l.due_on + (p.rules->>'lostAfterDays')::int <= ${clock.today()} and l.id > ${after}
        order by l.id limit ${limit}`.execute(db)
      return rows.map(({ id }) => id)
    },
    work: (id) =>
      transact(db, async (tx) => {
        const lent = (await lockPatronOf(tx, id)) ? await lockIdleLoan(tx, id) : undefined
        if (lent?.loan.state !== 'overdue' || !isGivenUp(lent.loan, lent.policy, clock.today())) return false
        const result = await giveUpLoan(tx, lent, clock.now(), null)
        return result.kind === 'loan'
      }),
  })
}
