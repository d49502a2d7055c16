import { sql } from 'kysely'
import type { Db, Tx } from '../../../../platform/database/database.ts'
import type { Charset } from '../wire/charset.ts'

/** A self-check machine. */
export interface Terminal {
  readonly id: string
  /** What it logs in with. */
  readonly name: string
  /** Where it stands, for people. */
  readonly place: string
  readonly charset: Charset
  /** Patrons prove themselves by the password of their account before anything is done for them. */
  readonly asksPassword: boolean
  /** What it says was paid is believed. */
  readonly takesPayments: boolean
  /** The librarian who added it. */
  readonly madeBy: string
  readonly madeAt: Temporal.Instant
  readonly seenAt: Temporal.Instant | null
  readonly revokedAt: Temporal.Instant | null
}

const COLUMNS = sql`
  id, name, place, charset, asks_password as "asksPassword", takes_payments as "takesPayments",
  made_by as "madeBy", made_at as "madeAt", seen_at as "seenAt", revoked_at as "revokedAt"`

/** Those that may log in, by name; then those that were revoked, the latest first. */
export async function listTerminals(db: Db, limit: number): Promise<Terminal[]> {
  const { rows } = await sql<Terminal>`
    select ${COLUMNS} from borrow.terminal
    order by revoked_at desc nulls first, name limit ${limit}`.execute(db)
  return rows
}

/** A terminal that may log in. */
export async function findTerminal(db: Db | Tx, id: string): Promise<Terminal | undefined> {
  const { rows } = await sql<Terminal>`
    select ${COLUMNS} from borrow.terminal where id = ${id} and revoked_at is null`.execute(db)
  return rows[0]
}

/** The one with this secret that may log in. The hash is the key, so nothing can be learnt from the time it takes. */
export async function findBySecret(db: Db, secretHash: Buffer): Promise<Terminal | undefined> {
  const { rows } = await sql<Terminal>`
    select ${COLUMNS} from borrow.terminal
    where secret_hash = ${secretHash} and revoked_at is null`.execute(db)
  return rows[0]
}

/** @returns false when one that may log in has the name */
export async function insertTerminal(tx: Tx, terminal: Terminal & { secretHash: Buffer }): Promise<boolean> {
  const { id, name, place, secretHash, charset, asksPassword, takesPayments, madeBy, madeAt } = terminal
  const { rows } = await sql`
    insert into borrow.terminal (id, name, place, secret_hash, charset, asks_password, takes_payments, made_by, made_at)
    values (${id}, ${name}, ${place}, ${secretHash}, ${charset}, ${asksPassword}, ${takesPayments}, ${madeBy}, ${madeAt})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}

/** Takes a terminal its right to log in. @returns it; undefined when it had none */
export async function revokeById(
  tx: Tx,
  id: string,
  by: string,
  at: Temporal.Instant,
): Promise<Terminal | undefined> {
  const { rows } = await sql<Terminal>`
    update borrow.terminal set revoked_by = ${by}, revoked_at = ${at}
    where id = ${id} and revoked_at is null returning ${COLUMNS}`.execute(tx)
  return rows[0]
}

/** That it was heard of, to the minute. */
export async function noteSeen(db: Db, id: string, at: Temporal.Instant): Promise<void> {
  await sql`
    update borrow.terminal set seen_at = ${at}
    where id = ${id} and (seen_at is null or seen_at < ${at.subtract({ minutes: 1 })})`.execute(db)
}
