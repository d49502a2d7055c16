import Type from 'typebox'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../platform/database/database.ts'
import { type Commands, defineCommand } from '../../../platform/jobs/commands.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import { type RegisterImport, readState } from './read-state.ts'
import type { RegisterAddress } from './register-api.ts'
import { skipStuck } from './stuck-store.ts'
import { wantImport, wantStop } from './work-store.ts'

/** Has the registers imported by a worker. One that dies falls silent, and another one goes on at the next page. */
export const importRegistersCommand = defineCommand('catalog.import-registers', Type.Object({}), {
  retryLimit: 3,
  retryDelaySeconds: 10,
  expireSeconds: 3 * 3_600,
})

export interface SteerDeps {
  readonly db: Db
  readonly clock: Clock
  readonly enqueue: Commands['enqueue']
  readonly addresses: readonly RegisterAddress[]
}

/** Audited as one thing, whichever registers there are. */
const SUBJECT = { type: 'register', id: 'registers' } as const

/**
 * Has the registers imported now. Refusals: register_without_key, register_calls_used_up,
 * register_import_running (by whomever: this button, the night or the command).
 */
export async function startImport(
  { db, clock, enqueue, addresses }: SteerDeps,
  actorId: string,
): Promise<
  | { kind: 'started'; state: RegisterImport }
  | Refused<'register_without_key' | 'register_calls_used_up' | 'register_import_running'>
> {
  if (addresses.length === 0) return refused('register_without_key')
  return transact(db, async (tx) => {
    const now = clock.now()
    const { callsLeft } = await readState(tx, clock, addresses)
    if (callsLeft === 0) return refused('register_calls_used_up')
    if (!(await wantImport(tx, now))) return refused('register_import_running')
    await enqueue(tx, importRegistersCommand, {}, { key: 'registers' })
    await writeAudit(tx, now, {
      actorId,
      action: 'register.import_started',
      subject: SUBJECT,
      after: { callsLeft },
    })
    return { kind: 'started', state: await readState(tx, clock, addresses) }
  })
}

/** Asks whoever imports to stop; what was read stays, and the next import goes on there. Refusal: register_import_idle. */
export async function stopImport(
  { db, clock, addresses }: Omit<SteerDeps, 'enqueue'>,
  actorId: string,
): Promise<{ kind: 'stopped'; state: RegisterImport } | Refused<'register_import_idle'>> {
  return transact(db, async (tx) => {
    const now = clock.now()
    if (!(await wantStop(tx, now))) return refused('register_import_idle')
    await writeAudit(tx, now, { actorId, action: 'register.import_stopped', subject: SUBJECT })
    return { kind: 'stopped', state: await readState(tx, clock, addresses) }
  })
}

/**
 * Has imports go on behind a page that does not come, until it is read after all. Its rows are missing meanwhile.
 * Refusal: register_page_not_stuck (also when it is skipped already, or another page by now).
 */
export async function skipStuckPage(
  { db, clock, addresses }: Omit<SteerDeps, 'enqueue'>,
  { source, row, actorId }: { source: OfficialSource; row: number; actorId: string },
): Promise<{ kind: 'skipped'; state: RegisterImport } | Refused<'register_page_not_stuck'>> {
  return transact(db, async (tx) => {
    if (!(await skipStuck(tx, { source, nextRow: row }))) return refused('register_page_not_stuck')
    await writeAudit(tx, clock.now(), {
      actorId,
      action: 'register.page_skipped',
      subject: SUBJECT,
      after: { source, row },
    })
    return { kind: 'skipped', state: await readState(tx, clock, addresses) }
  })
}
