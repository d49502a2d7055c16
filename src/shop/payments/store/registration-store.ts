import { type Selectable, sql, type Updateable } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { NEXT_STATES, type RegistrationState } from '../rules/registration.ts'
import { payments, type RegistrationTable } from './tables.ts'

export type Registration = Selectable<RegistrationTable>

/** Reads a registration without locking it. */
export async function readRegistration(db: Db | Tx, id: string): Promise<Registration | undefined> {
  return payments(db).selectFrom('payments.registration').selectAll().where('id', '=', id).executeTakeFirst()
}

/**
 * Moves a registration by compare-and-set on its state and sending number, and keeps the evidence of the step.
 * @param note why; adapters have taken the secrets out of what went over the wire
 * @returns the new row, or undefined when somebody else moved it first (and then nothing is written)
 * @throws on a transition the state machine does not know: a bug
 */
export async function moveRegistration(
  db: Db | Tx,
  from: Registration,
  to: RegistrationState,
  now: Temporal.Instant,
  changes: Omit<Updateable<RegistrationTable>, 'state' | 'version' | 'evidence'> = {},
  note: object = {},
): Promise<Registration | undefined> {
  if (!NEXT_STATES[from.state].includes(to)) {
    throw new Error(`registration ${from.id} cannot go from ${from.state} to ${to}`)
  }
  return payments(db)
    .updateTable('payments.registration')
    .set({
      ...changes,
      state: to,
      updated_at: now,
      version: sql<number>`version + 1`,
      evidence: sql`evidence || ${JSON.stringify([{ at: now.toString(), step: to, ...note }])}::jsonb`,
    })
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('send_no', '=', from.send_no)
    .returningAll()
    .executeTakeFirst()
}

/** What a registration forgets when it is over: the proof is of no use any more, and nobody has to come back to it. */
export const OVER = { proof: null, lease_until: null, next_look_at: null } as const
