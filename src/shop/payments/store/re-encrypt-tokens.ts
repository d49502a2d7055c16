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
  /** Whose key is not among those that are set, or whose text was harmed. They stay as they are. */
  unreadable: readonly Unreadable[]
  /** False when it was stopped before the end. */
  complete: boolean
}

/** A stored method by its id, or the number for a cash receipt by that of its payment. */
export interface Unreadable {
  what: 'payment_method' | 'receipt_number'
  id: string
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
 * Encrypts tokens and numbers of earlier keys by the first one, batch after batch, while servers go on: each batch is one
 * statement that changes only what is still as it was read. What is done is told by the text itself, so that a run that
 * died is gone on with, and a run too many does nothing.
 */
export async function reEncryptTokens(
  { db, cipher }: Deps,
  { onProgress, signal, batch = BATCH }: ReEncryptOptions = {},
): Promise<ReEncrypted> {
  const unreadable: Unreadable[] = []
  let [done, moved] = [0, 0]
  for (const { what, contextOf, read, replace } of KINDS) {
    let after = FIRST_ID
    for (;;) {
      if (signal?.aborted) return { done, moved, unreadable, complete: false }
      const rows = await read(db, { after, prefix: cipher.prefix, batch })
      const last = rows.at(-1)
      if (last === undefined) break
      after = last.id
      const anew = rows.flatMap((row) => {
        const text = encryptedAnew(cipher, row, contextOf(row.id))
        if (text === undefined) unreadable.push({ what, id: row.id })
        return text === undefined ? [] : [{ ...row, anew: text }]
      })
      const changed = await replace(db, anew)
      done += changed
      moved += anew.length - changed
      onProgress?.(done)
    }
  }
  return { done, moved, unreadable, complete: true }
}

interface Row {
  id: string
  text: string
}
type Anew = Row & { anew: string }

function encryptedAnew(cipher: Cipher, { text }: Row, context: string): string | undefined {
  try {
    return cipher.encrypt(cipher.decrypt(text, context), context)
  } catch {
    return undefined
  }
}

/** What is kept encrypted: its table, and what each text is bound to. */
interface Kind {
  what: Unreadable['what']
  contextOf(id: string): string
  read(db: Db, from: { after: string; prefix: string; batch: number }): Promise<Row[]>
  /** @returns how many were still as they were read */
  replace(db: Db, rows: readonly Anew[]): Promise<number>
}

const KINDS: readonly Kind[] = [
  { what: 'payment_method', contextOf: (id) => id, read: readTokens, replace: replaceTokens },
  { what: 'receipt_number', contextOf: receiptContext, read: readNumbers, replace: replaceNumbers },
]

async function readTokens(db: Db, { after, prefix, batch }: Parameters<Kind['read']>[1]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select id, token as text from payments.method
    where id > ${after} and token <> '' and not starts_with(token, ${prefix})
    order by id limit ${batch}`.execute(db)
  return rows
}

async function readNumbers(db: Db, { after, prefix, batch }: Parameters<Kind['read']>[1]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select attempt_id as id, number as text from payments.cash_receipt
    where attempt_id > ${after} and not starts_with(number, ${prefix})
    order by attempt_id limit ${batch}`.execute(db)
  return rows
}

/** Rows are locked by id, as everywhere. */
async function replaceTokens(db: Db, rows: readonly Anew[]): Promise<number> {
  const { numAffectedRows } = await sql`
    with wanted as (
      select * from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ text }) => text)}::text[],
                           ${rows.map(({ anew }) => anew)}::text[]) as w (id, read, anew)),
    held as materialized (
      select m.id, wanted.anew from payments.method m join wanted on wanted.id = m.id and wanted.read = m.token
      order by m.id for no key update of m)
    update payments.method m set token = held.anew from held where m.id = held.id`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

async function replaceNumbers(db: Db, rows: readonly Anew[]): Promise<number> {
  const { numAffectedRows } = await sql`
    with wanted as (
      select * from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ text }) => text)}::text[],
                           ${rows.map(({ anew }) => anew)}::text[]) as w (id, read, anew)),
    held as materialized (
      select r.attempt_id, wanted.anew from payments.cash_receipt r
      join wanted on wanted.id = r.attempt_id and wanted.read = r.number
      order by r.attempt_id for no key update of r)
    update payments.cash_receipt r set number = held.anew from held where r.attempt_id = held.attempt_id`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0n)
}
