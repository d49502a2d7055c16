import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Logger } from '../telemetry/log.ts'
import { installTemporalParameters, pgTypes } from './pg-types.ts'

/** One connection while it lives. */
export interface Session {
  /**
   * Statements with values are prepared once for the connection.
   * @returns the rows
   * @throws when the server refuses; when it does not answer in time or the connection breaks, the session ends as well
   */
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>
}

export interface StandingSessionOptions {
  url: string
  /** Shown by PostgreSQL as the name of the connection. */
  name: string
  /** Names to LISTEN to: lower-case letters and underscores. */
  channels: readonly string[]
  log: Logger
  heard?(channel: string, payload: string): void
  /** Called with each new connection, once it listens; when it fails the connection is given up and made anew. */
  opened?(session: Session): void | Promise<void>
  closed?(): void
  /** How often the connection is asked whether it lives, in milliseconds. */
  aliveEveryMs?: number
}

export interface StandingSession {
  /** Undefined while there is no connection. */
  current(): Session | undefined
  /** Resolves once there has been a connection. */
  ready: Promise<void>
  close(): Promise<void>
}

const ALIVE_EVERY_MS = 10_000
/** Without an answer in this time the connection counts as dead: a network that swallows everything says nothing. */
const ANSWER_WITHIN_MS = 10_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/**
 * A connection beside the pool for what needs one that stays the same: listening to notifications, session locks, or
 * knowing that the server has not crashed between two statements. Made anew whenever it breaks. What is notified
 * while there is none is lost, so `opened` is where its user catches up.
 */
export function standingSession(options: StandingSessionOptions): StandingSession {
  installTemporalParameters()
  const { log, name } = options
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
  let current: Session | undefined
  let closing = false
  let interrupt: () => void = () => {}

  /** One connection from its begin to its end. @returns whether it ever worked */
  async function live(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: name,
      keepAlive: true,
      types: pgTypes,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      options: `-c statement_timeout=${ANSWER_WITHIN_MS} -c timezone=UTC -c client_encoding=UTF8`,
    })
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    client.on('error', () => end())
    client.on('end', () => end())
    client.on('notification', ({ channel, payload }) => {
      if (current === session) options.heard?.(channel, payload ?? '')
    })
    interrupt = () => {
      end()
      void client.end().catch(() => {})
    }
    // One after another: a statement's time limit is not spent on waiting for those before it.
    let last: Promise<unknown> = Promise.resolve()
    const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
      const mine = last.then(work, work)
      last = mine
      return mine
    }
    const ask = async <R extends object>(text: string, values: readonly unknown[]): Promise<R[]> => {
      try {
        const name = values.length > 0 ? nameOf(text) : undefined
        const { rows } = await client.query<R>({ text, values: [...values], ...(name && { name }) })
        return rows
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) end()
        throw error
      }
    }
    const session: Session = {
      query: <R extends object>(text: string, values: readonly unknown[] = []) =>
        inTurn(() => ask<R>(text, values)),
    }
    const heartbeat = setInterval(() => {
      session.query('select 1').catch(end)
    }, options.aliveEveryMs ?? ALIVE_EVERY_MS)
    try {
      await client.connect()
      for (const channel of options.channels) await session.query(`listen ${channel}`)
      if (closing) return true
      current = session
      await options.opened?.(session)
      isReady()
      await over
      return true
    } finally {
      clearInterval(heartbeat)
      const opened = current === session
      current = undefined
      // A dead network answers no farewell: nobody waits for it.
      void client.end().catch(() => {})
      if (opened) options.closed?.()
    }
  }

  async function run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!closing) {
      try {
        if (await live()) pauseMs = FIRST_PAUSE_MS
        if (!closing) log.warn({ connection: name }, 'a standing database connection ended, making a new one')
      } catch (error) {
        if (!closing)
          log.warn({ err: error, connection: name }, 'no standing database connection, trying again')
      }
      if (!closing) await pause(pauseMs)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  const pause = (ms: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, ms)
      interrupt = () => {
        clearTimeout(timer)
        done()
      }
    })

  const ended = run()
  return {
    current: () => current,
    ready,
    close: async () => {
      closing = true
      interrupt()
      await ended
    },
  }
}

const names = new Map<string, string>()

/** A name by which a statement is prepared. The texts are the few in our sources. */
function nameOf(text: string): string {
  const known = names.get(text) ?? createHash('sha256').update(text).digest('base64url')
  names.set(text, known)
  return known
}
