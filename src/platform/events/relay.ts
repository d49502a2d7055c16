import { sql } from 'kysely'
import pg from 'pg'
import type { Db } from '../database/database.ts'
import type { Logger } from '../telemetry/log.ts'
import { type DeliverDeps, deliver } from './deliver.ts'
import { envelopeOf, OUTBOX_CHANNEL, type OutboxRow } from './outbox.ts'
import { retryParked } from './parked.ts'

/** Any fixed number: all relays of one database compete for the same advisory lock. */
const LEADER_LOCK = 7_316_501

export interface RelayOptions extends DeliverDeps {
  /** Used for a connection of its own: it listens and holds the leader lock. */
  url: string
  log: Logger
  batchSize?: number
  /** Subjects handled at the same time; events of one subject are always handled one after the other. */
  concurrency?: number
  /** How often to look without being woken, in milliseconds. */
  pollMs?: number
}

export interface Relay {
  /** Looks for events now, without waiting for a notification. */
  wake(): void
  isLeader(): boolean
  stop(): Promise<void>
}

/**
 * Carries committed events from the outbox to the subscribers of this process. Of several processes on one
 * database one is the leader; when it dies its connection ends, the lock is free and another takes over. Two
 * leaders for a moment do no harm: the inbox makes the second wait for, and then skip, what the first did.
 */
export function startRelay(options: RelayOptions): Relay {
  const { log, batchSize = 500, concurrency = 4, pollMs = 1_000 } = options
  let stopping = false
  let leader = false
  let client: pg.Client | undefined
  let wakeUp: () => void = () => {}
  let woken = false

  const wake = () => {
    woken = true
    wakeUp()
  }

  /** Waits for a wake-up or the poll interval. */
  const idle = (ms: number) =>
    new Promise<void>((done) => {
      if (woken || stopping) return done()
      const timer = setTimeout(done, ms)
      wakeUp = () => {
        clearTimeout(timer)
        done()
      }
    })

  const disconnect = async () => {
    leader = false
    const old = client
    client = undefined
    await old?.end().catch(() => {})
  }

  const connect = async () => {
    const fresh = new pg.Client({
      connectionString: options.url,
      application_name: 'pillivery-relay',
      keepAlive: true,
    })
    client = fresh
    fresh.on('error', () => {})
    fresh.on('end', () => {
      if (client === fresh) void disconnect()
    })
    fresh.on('notification', wake)
    await fresh.connect()
    await fresh.query(`listen ${OUTBOX_CHANNEL}`)
  }

  const lead = async (): Promise<boolean> => {
    if (!client) await connect()
    if (leader || !client) return leader
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
      LEADER_LOCK,
    ])
    leader = rows[0]?.locked ?? false
    if (leader) log.info('event relay leads')
    return leader
  }

  const run = async () => {
    while (!stopping) {
      woken = false
      try {
        if (await lead()) {
          while (!stopping && (await relayBatch(options, batchSize, concurrency)) > 0);
          while (!stopping && (await retryParked(options)) > 0);
        }
        await idle(pollMs)
      } catch (error) {
        if (stopping) break
        log.warn({ err: error }, 'event relay interrupted, trying again')
        await disconnect()
        woken = false
        await idle(pollMs)
      }
    }
    await disconnect()
  }

  const finished = run()
  return {
    wake,
    isLeader: () => leader,
    stop: async () => {
      stopping = true
      wakeUp()
      await finished
    },
  }
}

async function relayBatch(options: DeliverDeps, batchSize: number, concurrency: number): Promise<number> {
  const { rows } = await sql<OutboxRow>`
    select position, event_id, source, type, subject, subject_version, schema_version, occurred_at, data,
           request_id, traceparent
    from platform.outbox where delivered_at is null order by position limit ${batchSize}`.execute(options.db)
  if (rows.length === 0) return 0
  const bySubject = [...Map.groupBy(rows, (row) => row.subject).values()]
  const handedOver: OutboxRow[] = []
  const worker = async () => {
    for (let queue = bySubject.shift(); queue; queue = bySubject.shift()) {
      for (const row of queue) await deliver(options, { envelope: envelopeOf(row), position: row.position })
      handedOver.push(...queue)
    }
  }
  // All workers settle before an error is passed on, so nothing of this batch runs beside the next one.
  const results = await Promise.allSettled(Array.from({ length: concurrency }, worker))
  // Once for all of them: a commit of its own would cost every event another disk flush. What a crash leaves
  // unmarked is handed over again, and the inboxes know it.
  if (handedOver.length > 0) await markDelivered(options.db, handedOver, options.now())
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return rows.length
}

async function markDelivered(db: Db, rows: readonly OutboxRow[], now: Temporal.Instant): Promise<void> {
  const positions = rows.map((row) => row.position)
  await sql`update platform.outbox set delivered_at = ${now} where position = any(${positions}::bigint[])`.execute(
    db,
  )
}

/** How far delivery is behind: events not handed over yet, and the age of the oldest in seconds. */
export async function outboxLag(
  db: Db,
  now: Temporal.Instant,
): Promise<{ pending: number; oldestSeconds: number; dead: number }> {
  const { rows } = await sql<{ pending: number; oldest: Temporal.Instant | null; dead: number }>`
    select count(*) as pending, min(occurred_at) as oldest,
           (select count(*) from platform.parked_event where state = 'dead') as dead
    from platform.outbox where delivered_at is null`.execute(db)
  const row = rows[0]
  const oldestSeconds = row?.oldest ? Math.max(0, now.since(row.oldest).total('seconds')) : 0
  return { pending: row?.pending ?? 0, oldestSeconds, dead: row?.dead ?? 0 }
}
