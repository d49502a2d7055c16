import { join } from 'node:path'
import { sql } from 'kysely'
import { type Db, openDatabase } from '../../src/platform/database/database.ts'
import { freePort, startEmbedded } from '../../src/platform/database/embedded.ts'
import { type Running, runScript, startScript } from './child.ts'
import type { BenchOptions } from './options.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Kept between runs, so that the data is made only once. */
const DATA_DIR = join(ROOT, '.data-bench')
export const MAIN = join(ROOT, 'src/main.ts')

/** The shop as its own process on a filled database, and a connection of ours to that database. */
export interface Shop {
  readonly url: string
  readonly server: Running
  readonly databaseUrl: string
  readonly dataDir: string
  readonly db: Db
  stop(): Promise<void>
}

/** Starts the server on its kept data folder. Nothing is filled in. */
async function startServer(): Promise<{ url: string; server: Running }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    DATA_DIR,
    PORT: String(port),
    BANK_PORT: String(await freePort()),
    SOCIAL_PORT: String(await freePort()),
    REGISTER_PORT: '0',
    LOG_LEVEL: 'warn',
    LOGIN_PER_MINUTE: '100000',
    REQUESTS_PER_MINUTE: '1000000',
    CHANGES_PER_MINUTE: '1000000',
    SIGN_UP_PER_MINUTE: '100000',
    // Here it is measured how much can be done; whom it refuses is measured by `overload`.
    REQUESTS_AT_ONCE: '1000',
    // Visitors of a benchmark come from addresses of their own.
    TRUSTED_PROXIES: '1',
    OPEN_ORDERS_PER_CUSTOMER: '1000000',
    NODE_ENV: 'development',
    DEMO_PURCHASES: 'off',
  }
  const profile = process.env.BENCH_SERVER_FLAGS?.split(' ') ?? []
  const server = await startScript([...profile, MAIN, 'serve'], env, `${url}/api/items?category=EYE`)
  return { url, server }
}

/** Starts the shop with at least the wanted volume of data, freshly started on it. */
export async function startShop(options: BenchOptions): Promise<Shop> {
  const first = await openShop()
  try {
    if (!(await fill(first.db, options))) return first
  } catch (error) {
    await first.stop()
    throw error
  }
  await first.stop()
  return openShop()
}

async function openShop(): Promise<Shop> {
  const { url, server } = await startServer()
  try {
    // The server owns the embedded database; this only finds it.
    const { url: databaseUrl } = await startEmbedded({ folder: join(DATA_DIR, 'postgres') })
    const database = openDatabase({ url: databaseUrl, poolSize: 4, statementTimeoutMs: 120_000 })
    const stop = async () => {
      await database.close()
      await server.stop()
    }
    return { url, server, databaseUrl, dataDir: DATA_DIR, db: database.db, stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** @returns whether anything was missing */
async function fill(db: Db, { items, orders }: BenchOptions): Promise<boolean> {
  const { rows } = await sql<{ items: number; orders: number }>`
    select (select count(*) from catalog.item) as items, (select count(*) from orders."order") as orders`.execute(
    db,
  )
  const found = rows[0]
  if (found && found.items >= items && found.orders >= orders) return false
  console.error('Filling the database (once; kept in .data-bench) …')
  await runScript([MAIN, 'seed', '--items', String(items), '--orders', String(orders)], { DATA_DIR })
  await sql`vacuum analyze`.execute(db)
  return true
}
