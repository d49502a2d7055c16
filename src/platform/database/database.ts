import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { inSpan } from '../telemetry/in-span.ts'
import { withFreshConnections } from './fresh-connections.ts'
import { installTemporalParameters, pgTypes } from './pg-types.ts'
import { isPlanOutdated, withPreparedStatements } from './prepared-statements.ts'
import { withSpans } from './statement-spans.ts'

/** No table is visible until a context opens its own with `$extendTables`: the type wall between schemas. */
type NoTables = Record<never, never>

export type Db = Kysely<NoTables>
export type Tx = Transaction<NoTables>

export interface DatabaseOptions {
  url: string
  /** Connections this process may hold at once. */
  poolSize: number
  /** A statement longer than this is cancelled by the server. */
  statementTimeoutMs: number
  /** A request that waits longer for a free connection fails (default: {@link ACQUIRE_TIMEOUT_MS}). */
  acquireTimeoutMs?: number
  applicationName?: string
  /** Makes a span of every statement that is part of a trace. */
  traced?: boolean
  onPoolError?: (error: Error) => void
}

export interface PoolState {
  total: number
  idle: number
  waiting: number
}

export interface Database {
  db: Db
  url: string
  pool(): PoolState
  close(): Promise<void>
}

/** How long a request waits for a free connection before it fails: better a quick error than a queue. */
export const ACQUIRE_TIMEOUT_MS = 3_000

/** Opens a connection pool. Nothing is connected until the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  installTemporalParameters()
  const pool = new pg.Pool({
    connectionString: options.url,
    types: pgTypes,
    max: options.poolSize,
    connectionTimeoutMillis: options.acquireTimeoutMs ?? ACQUIRE_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    application_name: options.applicationName ?? 'pillivery',
    // One start-up packet instead of SET statements on every new connection.
    options: [
      `-c statement_timeout=${options.statementTimeoutMs}`,
      `-c lock_timeout=${Math.min(options.statementTimeoutMs, 5_000)}`,
      '-c idle_in_transaction_session_timeout=30000',
      '-c timezone=UTC',
      '-c client_encoding=UTF8',
    ].join(' '),
  })
  // An idle connection that breaks (server restart) must not end the process; the pool replaces it.
  pool.on('error', (error) => options.onPoolError?.(error))
  // Nor must one that breaks in a transaction, between two statements: pg-pool listens to idle connections only.
  // The next statement on it fails, so its user hears of it.
  pool.on('connect', (client) => client.on('error', () => {}))
  const fresh = withFreshConnections(withPreparedStatements(pool))
  const db: Db = new Kysely<NoTables>({
    dialect: new PostgresDialect({ pool: options.traced === true ? withSpans(fresh) : fresh }),
  })
  return {
    db,
    url: options.url,
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => db.destroy(),
  }
}

/**
 * Runs work in one transaction (READ COMMITTED; rules rely on row locks and unique indexes, not on snapshots).
 * A value returned commits, a thrown error rolls back, `rollback(value)` undoes everything and still returns
 * the value: for a refusal found after the first write.
 *
 * The work is done a second time when a migration has changed a table under its statements; so it must not do anything
 * that outlives a rollback (it must not anyway).
 */
export async function transact<T>(
  db: Db,
  work: (tx: Tx, rollback: (value: T) => never) => Promise<T>,
): Promise<T> {
  try {
    return await once(db, work)
  } catch (error) {
    // Undone as a whole; the statement that failed is prepared anew.
    if (isPlanOutdated(error)) return once(db, work)
    throw error
  }
}

function once<T>(db: Db, work: (tx: Tx, rollback: (value: T) => never) => Promise<T>): Promise<T> {
  return inSpan('transaction', {}, () => onceUntraced(db, work))
}

async function onceUntraced<T>(
  db: Db,
  work: (tx: Tx, rollback: (value: T) => never) => Promise<T>,
): Promise<T> {
  let undone: { value: T; signal: Error } | undefined
  const rollback = (value: T): never => {
    undone = { value, signal: new Error('rolled back on purpose') }
    throw undone.signal
  }
  const ending: Ending = { before: new Map(), after: [] }
  try {
    const value = await db.transaction().execute(async (tx) => {
      endings.set(tx, ending)
      const result = await work(tx, rollback)
      for (const last of ending.before.values()) await last(tx)
      return result
    })
    for (const hint of ending.after) hint(db)
    return value
  } catch (error) {
    if (undone && error === undone.signal) return undone.value
    throw error
  }
}

type Hint = (db: Db) => void

/** What is still to be done at the end of a transaction. */
interface Ending {
  readonly before: Map<symbol, (tx: Tx) => Promise<void>>
  readonly after: Hint[]
}

const endings = new WeakMap<Tx, Ending>()

function endingOf(tx: Tx): Ending {
  const ending = endings.get(tx)
  if (ending === undefined) throw new Error('this needs a transaction of transact()')
  return ending
}

/**
 * Has something called once the transaction has committed, and not when it is rolled back. Only for hints that may
 * be lost: when the process dies between the commit and the call, nobody calls it. The same hint is called once.
 * @throws for a transaction that was not begun by {@link transact}
 */
export function afterCommit(tx: Tx, hint: Hint): void {
  const { after } = endingOf(tx)
  if (!after.includes(hint)) after.push(hint)
}

/**
 * Has something done as the last thing in the transaction, for what is better written once than many times. When it
 * fails the transaction is rolled back. One for each name: the first stays.
 * @returns whether this was the first
 * @throws for a transaction that was not begun by {@link transact}
 */
export function beforeCommit(tx: Tx, name: symbol, last: (tx: Tx) => Promise<void>): boolean {
  const { before } = endingOf(tx)
  if (before.has(name)) return false
  before.set(name, last)
  return true
}

/**
 * Work that may fail without ending its transaction: what it wrote, locked and wanted done at the end is undone, and the
 * transaction goes on with the locks it had before. What fails only at the commit (deferred constraints, and what
 * {@link beforeCommit} does) still fails the transaction.
 * @throws what no transaction survives, and for a transaction that has something to do at its end already: it could not
 * be told apart from what the work wants done
 */
export async function undoable(
  tx: Tx,
  work: () => Promise<void>,
): Promise<{ kind: 'done' } | { kind: 'undone'; error: unknown }> {
  const { before, after } = endingOf(tx)
  if (before.size > 0 || after.length > 0)
    throw new Error('what can be undone comes first in its transaction')
  await sql`savepoint undoable`.execute(tx)
  try {
    await work()
    // Sends what of it still waits to be sent with something else: it must not fail only outside.
    await sql`release savepoint undoable`.execute(tx)
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    await sql`rollback to savepoint undoable`.execute(tx)
    before.clear()
    after.length = 0
    return { kind: 'undone', error }
  }
  return { kind: 'done' }
}

/** True for a unique violation, optionally of one named constraint or index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  )
}

/** True when two transactions waited for each other and this one was chosen to give way: safe to try again. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001')
}

/** True for a value no column can hold: a NUL character, text that is not UTF-8, a number or a time out of range. */
export function isUnstorable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ['22021', '22P05', '22003', '22008'].includes(error.code ?? '')
}

/** True when the lock or statement timeout ended a statement. */
export function isTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '57014')
}

/**
 * SQLSTATEs of a server that cannot work now, whatever it is asked: 08 connection, 28 and 3D000 not let in (passwords
 * and databases change while we run), 53 out of disk, memory or connections, 57P shutting down or starting, 58 trouble
 * of its machine, 25006 read-only (a standby after a
 * switch-over), 25P03 a session ended for its silence.
 */
const SERVER_UNFIT = /^(08|28|3D000|53|57P|58|25006|25P03)/

/**
 * True for failures of the connection or the server itself (down, restarting, read-only, full, pool exhausted, migrated
 * under a prepared statement), as opposed to a statement the server refused. The work may be tried again when it is
 * idempotent. A server that is down has no socket (`connect ENOENT`), one that is overrun takes no more (`EAGAIN`).
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof pg.DatabaseError) return SERVER_UNFIT.test(error.code ?? '') || isPlanOutdated(error)
  return /ECONNREFUSED|ECONNRESET|connect (?:ENOENT|EAGAIN)|ENOTFOUND|EAI_AGAIN|EPIPE|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}`,
  )
}

/** True when the server does not let us in (wrong password, no such database) or forbids what we try. */
export function isAccessRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(28|3D|42501)/.test(error.code ?? '')
}
