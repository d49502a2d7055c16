import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import { every, type Loop } from '../resilience/loop.ts'
import type { Logger } from '../telemetry/log.ts'

/** Tells, while somebody listens, which kinds of events have come into the log of this database. */
export interface Changes {
  /** @param tell types of the events of a moment, each once. @returns ends it */
  listen(tell: (types: readonly string[]) => void): () => void
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 1_000
/** Of more events at one look only some types are told; the next look tells of the rest. */
const MOST_AT_ONCE = 1_000

/** One look a second for all who listen in this process, and none while nobody does. */
export function watchChanges(db: Db, log: Logger, intervalMs = LOOK_EVERY_MS): Changes {
  const listeners = new Set<(types: readonly string[]) => void>()
  let place: number | undefined
  let loop: Loop | undefined

  const look = async () => {
    if (place === undefined) {
      place = await lastPlace(db)
      return
    }
    const { rows } = await sql<{ seq: number; type: string }>`
      select seq, type from platform.event_log where seq > ${place} order by seq limit ${MOST_AT_ONCE}`.execute(
      db,
    )
    const last = rows.at(-1)
    if (!last) return
    place = last.seq
    const types = [...new Set(rows.map(({ type }) => type))]
    for (const tell of listeners) tell(types)
  }
  return {
    listen: (tell) => {
      listeners.add(tell)
      loop ??= every({
        name: 'changes',
        intervalMs,
        run: look,
        onError: (err) => log.warn({ err }, 'changes cannot be looked for'),
      })
      return () => {
        listeners.delete(tell)
        if (listeners.size > 0) return
        void loop?.stop()
        loop = undefined
        place = undefined
      }
    },
    stop: async () => {
      listeners.clear()
      await loop?.stop()
    },
  }
}

async function lastPlace(db: Db): Promise<number> {
  const { rows } = await sql<{ last: number }>`
    select coalesce(max(seq), 0) as last from platform.event_log`.execute(db)
  return rows[0]?.last ?? 0
}
