import { setTimeout as wait } from 'node:timers/promises'
import type { Redis as Client } from 'ioredis'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type Address, type Connection, Late, live } from './connection.ts'
import { whatFailed } from './what-failed.ts'

/** What Redis said, or that it said nothing in time: then go on without. */
export type Asked<T> = Readonly<{ kind: 'answered'; value: T }> | Readonly<{ kind: 'away' }>

export interface Listening {
  heard(message: string): void
  /** Messages may have been lost: the connection was made or made anew. */
  missed(): void
}

/**
 * Redis for this process (ADR 23): quick, shared and forgetful. Nothing is true because Redis says so; whoever asks must be
 * able to go on when it is away, hangs, or has lost everything.
 */
export interface Redis {
  /**
   * Asks. Keys get the prefix of the installation by themselves.
   * @param work one command, or one pipeline
   * @returns at once when Redis is known to be away, and within a tenth of a second in any case
   */
  ask<T>(work: (client: Client) => Promise<T>): Promise<Asked<T>>
  /** Whether it would be asked now. */
  isThere(): boolean
  /** Hears a channel of the installation, from now on and on every new connection. @returns ends it */
  listen(channel: string, listening: Listening): () => void
  /** Tells a channel of the installation. */
  publish(channel: string, messages: readonly string[]): Promise<Asked<unknown>>
  close(): Promise<void>
}

export interface RedisOptions extends Address {
  /** Begins the names of keys and channels. */
  prefix: string
  log: Logger
  metrics?: Metrics
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
/** A start waits so long for Redis, and goes on without it. */
const START_WITHIN_MS = 1_000
/** Refusals are logged once in this time. */
const SAY_EVERY_MS = 60_000
const AWAY = { kind: 'away' } as const

/** Connects, and connects anew whenever the connection ends. Resolves when it is there, or after a second without it. */
export async function openRedis({ url, sentinels, prefix, log, metrics }: RedisOptions): Promise<Redis> {
  const channels = new Map<string, Set<Listening>>()
  const stopping = new AbortController()
  const unanswered = { late: 0, refused: 0, away: 0 }
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
  let current: Connection | undefined
  /** The last one that was asked to write was a replica. */
  let isReplica = false
  let saidAt = -SAY_EVERY_MS
  const nameOf = (channel: string) => `${prefix}:${channel}`

  const options = {
    url,
    sentinels,
    prefix: `${prefix}:`,
    heard: (channel: string, message: string) => {
      for (const { heard } of channels.get(channel) ?? []) heard(message)
    },
  }
  /** Has a connection hear channels. One that does not is given up: nobody would know what it misses. */
  function hear(connection: Connection, names: readonly string[]): void {
    if (names.length === 0) return
    connection
      .ask((client) => client.subscribe(...names))
      .then(() => {
        for (const name of names) for (const { missed } of channels.get(name) ?? []) missed()
      })
      .catch(connection.giveUp)
  }
  /** @returns whether the connection was ever of use */
  async function liveOnce(isKnownAway: boolean): Promise<boolean> {
    let worked = false
    const use = (connection: Connection) => {
      isReplica = false
      current = connection
      worked = true
      isReady()
      if (isKnownAway) log.info('Redis is back')
      hear(connection, [...channels.keys()])
    }
    /** An address may lead to a replica for a while, which connects and answers as well as its primary. */
    const useIfPrimary = (connection: Connection) => {
      if (!isReplica) return use(connection)
      connection
        .ask((client) => client.set('written', '', 'PX', 1))
        .then(() => use(connection), connection.giveUp)
    }
    try {
      await live(options, useIfPrimary, stopping.signal)
    } catch (error) {
      current = undefined
      // Once for each outage, however many tries it takes.
      if (!stopping.signal.aborted && (worked || !isKnownAway))
        log.warn({ failed: whatFailed(error) }, 'Redis is away, going on without it')
    }
    return worked
  }
  async function run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    let isKnownAway = false
    while (!stopping.signal.aborted) {
      if (await liveOnce(isKnownAway)) pauseMs = FIRST_PAUSE_MS
      isKnownAway = true
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  const isThere = () => current !== undefined && !current.isLate()
  async function ask<T>(work: (client: Client) => Promise<T>): Promise<Asked<T>> {
    const asked = current
    if (asked === undefined || asked.isLate()) {
      unanswered.away += 1
      return AWAY
    }
    try {
      return { kind: 'answered', value: await asked.ask(work) }
    } catch (error) {
      unanswered[error instanceof Late ? 'late' : 'refused'] += 1
      sayNowAndThen(error)
      // Another one has taken its place: whoever connects anew is led there.
      if (asked === current && error instanceof Error && error.message.startsWith('READONLY')) {
        isReplica = true
        asked.giveUp(error)
      }
      return AWAY
    }
  }
  /** A refusal may have a reason that lasts (no memory, a replica): a line for each would fill the log. */
  function sayNowAndThen(error: unknown): void {
    const now = performance.now()
    if (error instanceof Late || current === undefined || now - saidAt < SAY_EVERY_MS) return
    saidAt = now
    log.warn({ failed: whatFailed(error) }, 'Redis refused a command, going on without it')
  }

  metrics?.observe('redis_connected', '1 while this process has a connection to Redis that answers', () =>
    Number(isThere()),
  )
  metrics?.countEach('redis_unanswered_total', 'Commands without an answer of Redis, by why', 'why', () =>
    Object.entries(unanswered),
  )
  const ended = run()
  await Promise.race([ready, wait(START_WITHIN_MS, undefined, { ref: false })])
  return {
    ask,
    isThere,
    listen: (channel, listening) => {
      const name = nameOf(channel)
      const listeners = channels.get(name) ?? new Set()
      channels.set(name, listeners.add(listening))
      if (current) hear(current, [name])
      return () => {
        listeners.delete(listening)
      }
    },
    publish: (channel, messages) =>
      ask((client) => Promise.all(messages.map((message) => client.publish(nameOf(channel), message)))),
    close: async () => {
      stopping.abort()
      await ended
    },
  }
}
