import { sql } from 'kysely'
import { openDatabase } from '../../src/platform/database/database.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { SCHEMAS } from '../../src/services/index.ts'
import { runScript } from '../measure/child.ts'
import { MAIN, type Shop } from '../measure/shop.ts'

const ITEMS = 10_000

/**
 * Opens a database beside the shop's, made and brought up to date when needed, with items to subscribe to. Its server
 * never sees it: what is due there stays due until it is measured.
 */
export async function openBeside(shop: Shop, name: string): Promise<Shop> {
  const { rows } = await sql`select 1 from pg_database where datname = ${name}`.execute(shop.db)
  if (rows.length === 0) await sql`create database ${sql.id(name)}`.execute(shop.db)
  const url = new URL(shop.databaseUrl)
  url.pathname = `/${name}`
  const database = openDatabase({ url: url.href, poolSize: 4, statementTimeoutMs: 300_000 })
  try {
    await migrate(database.db, SCHEMAS)
    const { rows: found } = await sql`select 1 from catalog.item limit 1`.execute(database.db)
    if (found.length === 0) {
      const env = { DATA_DIR: shop.dataDir, DATABASE_URL: url.href }
      await runScript([MAIN, 'seed', '--items', String(ITEMS), '--orders', '0'], env)
    }
    return { ...shop, databaseUrl: url.href, db: database.db, stop: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}
