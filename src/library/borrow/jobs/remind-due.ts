import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { publishDueSoon } from '../publish.ts'
import { isDueSoon, noteReminder } from '../rules/loan.ts'
import { REMIND_DAYS } from '../rules/policy.ts'
import { lockIdleLoan, saveLoan } from '../store/loan-store.ts'
import { insertReminder } from '../store/return-store.ts'
import { eachDue } from './each-due.ts'

/**
 * Tells of loans that are due soon, by the rules each was made under: once for each loan and due date, so again after a
 * renewal. One that is due within those days when it is borrowed is told of at once. @returns how many
 */
export function remindDue({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Promise<number> {
  return eachDue({
    log,
    what: 'telling of a due date',
    page: async (after, limit) => {
      const { rows } = await sql<{ id: string }>`
        select l.id from borrow.loan l
        join borrow.policy p on p.id = l.policy_id and p.version = l.policy_version
        where l.state = 'active' and l.due_on >= ${clock.today()}
          and l.due_on - coalesce((p.rules->>'remindDaysBefore')::int, ${REMIND_DAYS}) <= ${clock.today()}
          and coalesce((p.rules->>'remindDaysBefore')::int, ${REMIND_DAYS}) > 0
          and not exists (select from borrow.loan_reminder r
                          where r.loan_id = l.id and r.due_version = l.due_version)
          and l.id > ${after}
        order by l.id limit ${limit}`.execute(db)
      return rows.map(({ id }) => id)
    },
    work: (id) =>
      transact(db, async (tx) => {
        const lent = await lockIdleLoan(tx, id)
        // Returned or renewed meanwhile.
        if (lent?.loan.state !== 'active') return false
        const { loan, policy } = lent
        if (!isDueSoon(loan, policy.remindDaysBefore ?? REMIND_DAYS, clock.today())) return false
        const now = clock.now()
        if (!(await insertReminder(tx, id, loan.dueVersion, now))) return false
        const told = noteReminder(loan)
        await saveLoan(tx, loan, told)
        await publishDueSoon(tx, told, now)
        return true
      }),
  })
}
