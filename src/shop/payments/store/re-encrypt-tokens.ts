import { sql } from 'kysely'
import type { Cipher } from '../../../platform/cipher.ts'
import type { Db } from '../../../platform/database/database.ts'
import { receiptContext } from './receipt-store.ts'

/** Rows that are read and written at once. */
const BATCH = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

export interface ReEncryptOptions {
  /** Told after each batch how many are done so far. */
  onProgress?: (done: number) => void
  /** Ends it after the batch that is under way; another run goes on with the rest. */
  signal?: AbortSignal
  batch?: number
}

export interface ReEncrypted {
  done: number
  /** Somebody else changed or emptied them meanwhile; nothing is left to do there. */
  moved: number
  /** Methods, and payments with a cash receipt, whose key is not among those that are set, or whose text was harmed. They stay as they are. */
  unreadable: readonly string[]
  /** False when it was stopped before the end. */
  complete: boolean
}

interface Deps {
  db: Db
  cipher: Cipher
}

/**
 * How many tokens, and numbers for cash receipts, another key than the first encrypts. What was forgotten with its
 * customer is none.
 */
export async function countOldTokens({ db, cipher }: Deps): Promise<number> {
  const { rows } = await sql<{ old: number }>`
    select (select count(*) from payments.method where token <> '' and not starts_with(token, ${cipher.prefix}))::int
      + (select count(*) from payments.cash_receipt where not starts_with(number, ${cipher.prefix}))::int as old`.execute(
    db,
  )
  return rows[0]?.old ?? 0
}

/**
 * Encrypts tokens of earlier keys by the first one, batch after batch, while servers go on: each batch is one statement
 * that changes only what is still as it was read. What is done is told by the token itself, so that a run that died is
 * gone on with, and a run too many does nothing.
 */
export async function reEncryptTokens(
  { db, cipher }: Deps,
  { onProgress, signal, batch = BATCH }: ReEncryptOptions = {},
): Promise<ReEncrypted> {
  const unreadable: string[] = []
  let [done, moved, after] = [0, 0, FIRST_ID]
  while (signal?.aborted !== true) {
    const { rows } = await sql<Row>`
      select id, token from payments.method
      where id > ${after} and token <> '' and not starts_with(token, ${cipher.prefix})
      order by id limit ${batch}`.execute(db)
    const last = rows.at(-1)
    if (last === undefined) {
      const numbers = await reEncryptNumbers({ db, cipher })
      unreadable.push(...numbers.unreadable)
      return { done: done + numbers.done, moved: moved + numbers.moved, unreadable, complete: true }
    }
    after = last.id
    const anew = rows.flatMap((row) => {
      const token = encryptedAnew(cipher, row)
      if (token === undefined) unreadable.push(row.id)
      return token === undefined ? [] : [{ ...row, anew: token }]
    })
    const changed = await replace(db, anew)
    done += changed
    moved += anew.length - changed
    onProgress?.(done)
  }
  return { done, moved, unreadable, complete: false }
}

interface Row {
  id: string
  token: string
}

function encryptedAnew(cipher: Cipher, { id, token }: Row, context = id): string | undefined {
  try {
    return cipher.encrypt(cipher.decrypt(token, context), context)
  } catch {
    return undefined
  }
}

/** Numbers for cash receipts are kept until these are issued: there are few at a time. */
async function reEncryptNumbers({ db, cipher }: Deps): Promise<Omit<ReEncrypted, 'complete'>> {
  const { rows } = await sql<Row>`
    select attempt_id as id, number as token from payments.cash_receipt
    where not starts_with(number, ${cipher.prefix}) order by attempt_id`.execute(db)
  const unreadable: string[] = []
  let [done, moved] = [0, 0]
  for (const row of rows) {
    const anew = encryptedAnew(cipher, row, receiptContext(row.id))
    if (anew === undefined) {
      unreadable.push(row.id)
      continue
    }
    const { numAffectedRows } = await sql`
      update payments.cash_receipt set number = ${anew}
      where attempt_id = ${row.id} and number = ${row.token}`.execute(db)
    if (numAffectedRows === 1n) done += 1
    else moved += 1
  }
  return { done, moved, unreadable }
}

/** Rows are locked by id, as everywhere. @returns how many were still as they were read */
async function replace(db: Db, rows: readonly (Row & { anew: string })[]): Promise<number> {
  const { numAffectedRows } = await sql`
    with wanted as (
      select * from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ token }) => token)}::text[],
                           ${rows.map(({ anew }) => anew)}::text[]) as w (id, read, anew)),
    held as materialized (
      select m.id, wanted.anew from payments.method m join wanted on wanted.id = m.id and wanted.read = m.token
      order by m.id for no key update of m)
    update payments.method m set token = held.anew from held where m.id = held.id`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
