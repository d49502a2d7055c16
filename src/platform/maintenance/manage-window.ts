import Type from 'typebox'
import { writeAudit } from '../audit/audit.ts'
import { type Broadcast, defineTopic } from '../broadcast/broadcast.ts'
import { type Db, type Tx, transact } from '../database/database.ts'
import { newId } from '../ids.ts'
import { type Refused, refused } from '../refusal.ts'
import type { Clock } from '../time/clock.ts'
import { checkWindow, type MaintenanceWindow, stateAt, type WindowContent } from './window.ts'
import { deleteWindow, lockWindow, writeWindow } from './window-store.ts'

export interface MaintenanceDeps {
  readonly db: Db
  readonly clock: Clock
  readonly broadcast: Broadcast
}

/** Another window is set, or it has ended by hand: every process looks at once. */
export const maintenanceChanged = defineTopic('maintenance.changed', Type.Object({}))

/**
 * Announces a window of maintenance in the place of the one that was read, or where there was none. One that is over
 * counts as none. Refusals: maintenance_period_wrong, maintenance_changed_meanwhile.
 */
export async function setWindow(
  deps: MaintenanceDeps,
  { by, replaces, content }: { by: string; replaces: string | null; content: WindowContent },
): Promise<
  | { kind: 'set'; window: MaintenanceWindow }
  | Refused<'maintenance_period_wrong' | 'maintenance_changed_meanwhile'>
> {
  const checked = checkWindow(content, deps.clock.now())
  if (checked.kind === 'refused') return checked
  const window = { ...content, id: newId() }
  return transact(deps.db, async (tx) => {
    const locked = await lockWindow(tx)
    const before = locked && stateAt(locked, deps.clock.now()) ? locked : undefined
    if ((before?.id ?? null) !== replaces || !(await writeWindow(tx, locked, window)))
      return refused('maintenance_changed_meanwhile')
    await tellChange(tx, deps, { by, action: 'maintenance.set', id: window.id, before, after: window })
    return { kind: 'set', window }
  })
}

/** Ends a window at once, or takes back one that has not begun. Refusals: not_found, also when it is another by now. */
export function endWindow(
  deps: MaintenanceDeps,
  { by, id }: { by: string; id: string },
): Promise<{ kind: 'ended' } | Refused<'not_found'>> {
  return transact(deps.db, async (tx) => {
    const before = await lockWindow(tx)
    if (before?.id !== id || stateAt(before, deps.clock.now()) === undefined) return refused('not_found')
    await deleteWindow(tx, id)
    await tellChange(tx, deps, { by, action: 'maintenance.ended', id, before })
    return { kind: 'ended' }
  })
}

async function tellChange(
  tx: Tx,
  { clock, broadcast }: Pick<MaintenanceDeps, 'clock' | 'broadcast'>,
  deed: {
    by: string
    action: 'maintenance.set' | 'maintenance.ended'
    id: string
    before?: MaintenanceWindow | undefined
    after?: MaintenanceWindow | undefined
  },
): Promise<void> {
  const { by: actorId, action, id, before, after } = deed
  await writeAudit(tx, clock.now(), {
    actorId,
    action,
    subject: { type: 'maintenance', id },
    before: before && audited(before),
    after: after && audited(after),
  })
  broadcast.publishAfterCommit(tx, maintenanceChanged, {})
}

const audited = ({ startsAt, endsAt, text }: MaintenanceWindow) => ({
  startsAt: startsAt.toString(),
  endsAt: endsAt.toString(),
  text,
})
