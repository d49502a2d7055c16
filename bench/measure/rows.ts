import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import { literal } from './capture.ts'

/** A row as PostgreSQL writes it in JSON. */
export type Row = Readonly<Record<string, unknown>>

/** Reads rows with all their columns. */
export async function rowsOf(db: Db, from: RawBuilder<unknown>): Promise<Row[]> {
  const { rows } = await sql<{ row: Row }>`select to_jsonb(r) as row from ${from} r`.execute(db)
  return rows.map(({ row }) => row)
}

/** Reads the only row there is. */
export async function rowOf(db: Db, from: RawBuilder<unknown>): Promise<Row> {
  const [row, ...more] = await rowsOf(db, from)
  if (row === undefined || more.length > 0) throw new Error('it was to be one row')
  return row
}

/** The statement that writes rows as they are, but for columns the database fills itself and those that are null. */
export function insertOf(table: string, rows: readonly Row[], filled: readonly string[] = []): string {
  const [first = {}] = rows
  const columns = Object.keys(first).filter(
    (name) => !filled.includes(name) && rows.some((row) => row[name] !== null),
  )
  const tuples = rows.map((row) => `(${columns.map((name) => literal(row[name])).join(', ')})`)
  return `insert into ${table} (${columns.join(', ')}) values ${tuples.join(', ')}`
}
