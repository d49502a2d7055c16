import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'
import { type Statement, sendTogether } from './round-trip.ts'

/**
 * Written into a statement of a transaction whose answer nobody looks at: it is sent together with what comes next, at
 * the latest with the commit, and fails with that.
 */
export const WITH_COMMIT = '/* with the commit */'

/**
 * Written into a statement that must be planned for its values each time: where the planner's guess without them is far
 * off (how often a text occurs), the general plan it would settle on after five executions is a bad one.
 */
export const PLANNED_EACH_TIME = '/* planned each time */'

/** Texts a process remembers. Lists in `in (…)` make new texts; what comes later is sent without a name. */
const MOST_STATEMENTS = 500

/**
 * A pool whose statements with parameters are prepared by name, once for each connection, so that PostgreSQL parses
 * and (when a generic plan is as good) plans them once and not each time. A text gets its name when it is seen again:
 * what is asked once is not worth remembering. Those with {@link PLANNED_EACH_TIME} get none.
 *
 * Behind a pooler that hands out connections by transaction it must know of prepared statements
 * (PgBouncer: `max_prepared_statements` > 0).
 */
export function withPreparedStatements(pool: pg.Pool): PostgresPool {
  const names = statementNames(MOST_STATEMENTS)
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      const known = wrapped.get(client) ?? preparing(client, names)
      wrapped.set(client, known)
      return known
    },
  }
}

/**
 * Besides names it saves round trips: BEGIN goes with the first statement of its transaction, and statements with
 * {@link WITH_COMMIT} with what follows them. Only statements the connection has prepared already travel in company.
 *
 * The end of a transaction is asked for while a statement of it may be under way or still to come (one of several fails,
 * and nobody waits for the others). It waits for the one, and the others are refused: else they would happen behind it,
 * by themselves.
 */
function preparing(client: pg.PoolClient, names: StatementNames): PostgresPoolClient {
  const prepared = new Set<string>()
  let phase: 'free' | 'inside' | 'over' = 'free'
  /** The last statement that was asked: in a transaction Kysely asks one after the other, except for its end. */
  let underWay: Promise<unknown> | undefined
  let opening: Statement | undefined
  let closing: Statement[] = []
  const isKnown = ({ name }: Statement) => name !== undefined && prepared.has(name)

  async function run(statement: Statement): Promise<pg.QueryResult> {
    const { name } = statement
    const before = opening
    opening = undefined
    if (before && isKnown(statement)) return sendTogether(client, [before, statement])
    if (before) await client.query(before)
    const answer = await client.query(statement)
    if (name !== undefined) prepared.add(name)
    return answer
  }

  async function send(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    const values = [...parameters]
    const name = values.length === 0 ? undefined : names.nameOf(text)
    const statement: Statement = { text, values, ...(name !== undefined && { name }) }
    const alone = phase === 'free' && client.getTransactionStatus() === 'I'
    const canWait = phase === 'inside' && opening === undefined && isKnown(statement)
    if (canWait && text.includes(WITH_COMMIT)) {
      closing.push(statement)
      return NOTHING_YET
    }
    const waiting = closing
    closing = []
    try {
      const inCompany = waiting.length > 0 && (text === 'commit' || isKnown(statement))
      if (inCompany) return await sendTogether(client, [...waiting, statement])
      if (!undoes(text)) for (const one of waiting) await run(one)
      return await run(statement)
    } catch (error) {
      if (!isPlanOutdated(error)) throw error
      names.forget()
      // In a transaction everything before it is lost as well: whoever began it begins again.
      if (!alone) throw error
      return client.query({ text, values })
    }
  }

  /** Nothing is sent of a transaction that has asked nothing. */
  async function end(text: string): Promise<pg.QueryResult> {
    const isEmpty = opening !== undefined
    opening = undefined
    phase = 'over'
    try {
      if (!isEmpty) {
        await underWay?.catch(() => {})
        return await send(text, [])
      }
      // As a round trip would: leaves time for what is still to come.
      await nextTurn()
      return NOTHING_YET
    } finally {
      phase = 'free'
    }
  }

  async function ask(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    if (isEnd(text)) return end(text)
    if (phase === 'over') throw new Error('the transaction is over')
    if (text !== 'begin') return send(text, parameters)
    phase = 'inside'
    opening = { text, values: [] }
    return NOTHING_YET
  }

  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query<R>(
    asked: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    // Kysely makes cursors only when it is given a way to; it is not.
    if (typeof asked !== 'string') throw new TypeError('cursors are not supported')
    const answer = ask(asked, parameters)
    underWay = answer
    return answer as Promise<PostgresQueryResult<R>>
  }
  return {
    query,
    release: (destroy) => {
      phase = 'free'
      underWay = undefined
      opening = undefined
      closing = []
      client.release(destroy)
    },
  }
}

const isEnd = (text: string) => text === 'commit' || text === 'rollback'
/** Takes back what was asked before it, so what of that has not been sent need not be. */
const undoes = (text: string) => text === 'rollback' || text.startsWith('rollback to savepoint ')

/** The answer to what has not been sent yet. */
const NOTHING_YET: pg.QueryResult = { command: '', rowCount: 0, oid: 0, fields: [], rows: [] }

export interface StatementNames {
  /** The name of a statement; undefined when it is sent without one. */
  nameOf(text: string): string | undefined
  /** Gives every text a new name from now on, so that each connection prepares it again. */
  forget(): void
}

/**
 * Names for at most `most` texts, each from its second appearance on. A name tells its text: where connections are shared
 * in a way nobody knows of, the statement of another process may be missing, but is never executed in place of one's own.
 */
export function statementNames(most: number): StatementNames {
  const seen = new Set<string>()
  const names = new Map<string, string>()
  let generation = 0
  return {
    nameOf(text) {
      const name = names.get(text)
      if (name !== undefined || names.size >= most || text.includes(PLANNED_EACH_TIME)) return name
      if (!seen.delete(text)) {
        for (const oldest of seen) if (seen.size >= most) seen.delete(oldest)
        seen.add(text)
        return undefined
      }
      const given = `${createHash('sha256').update(text).digest('base64url')}.${generation}`
      names.set(text, given)
      return given
    },
    forget() {
      names.clear()
      generation += 1
    },
  }
}

/**
 * True when a table has changed its columns under a prepared `select *`, as a migration beside a running server does, or
 * when the connection does not know a statement any more. It was not executed; it succeeds when it is tried again.
 */
export function isPlanOutdated(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  return error.code === '26000' || (error.code === '0A000' && /cached plan/.test(error.message))
}
