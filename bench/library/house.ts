import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { sql } from 'kysely'
import { loadOrCreateKeyPair } from '../../src/identity/index.ts'
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_SECONDS,
  ACCESS_TOKEN_TYPE,
} from '../../src/platform/auth/access-token.ts'
import { AUDIENCE } from '../../src/platform/auth/auth.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { freePort } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { newId } from '../../src/platform/ids.ts'
import { secretsFolderOf } from '../../src/runtime.ts'
import { SCHEMAS } from '../../src/services/index.ts'
import { runScript, startScript } from '../measure/child.ts'
import { postmasterOf } from '../measure/cost.ts'
import type { BenchOptions } from '../measure/options.ts'
import { type Apart, keepFamilyOn, keepOn } from '../measure/processors.ts'
import { MAIN, type Shop } from '../measure/shop.ts'
import type { Borrowed, Borrowers, Job } from './generator.ts'
import { REGULAR, writeOldLoans } from './old-loans.ts'

/** The library as a process of its own, on a filled database that is thrown away afterwards. */
export interface House extends Shop {
  /** Who borrows, the regular one left out. */
  readonly patrons: readonly string[]
  readonly books: readonly string[]
  /** Loans asked for from a process of its own. */
  lend(job: Job): Promise<Borrowed>
}

const FILLED = 'bench_library'
const WORKING = 'bench_library_now'
/** Nobody has more than ten copies: enough patrons for two minutes at a thousand loans a second. */
const PATRONS = 12_000

/**
 * Starts accounts and library in one process, with all that follows a loan, on a copy of a filled database. The shop
 * stands still meanwhile, so that it takes no part of the machine.
 * @param apart keeps who sends the load off the processors of the server and the database; left out: all share all
 */
export async function openHouse(shop: Shop, { books }: BenchOptions, apart?: Apart): Promise<House> {
  await fill(shop, books)
  await sql`drop database if exists ${sql.id(WORKING)} with (force)`.execute(shop.db)
  await sql`create database ${sql.id(WORKING)} template ${sql.id(FILLED)}`.execute(shop.db)
  const closing: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  closing.push(() => sql`drop database if exists ${sql.id(WORKING)} with (force)`.execute(shop.db))
  try {
    const databaseUrl = addressOf(shop, WORKING)
    const database = openDatabase({ url: databaseUrl, poolSize: 4, statementTimeoutMs: 120_000 })
    closing.push(() => database.close())
    const dataDir = join(shop.dataDir, 'library')
    shop.server.pause()
    closing.push(async () => shop.server.resume())
    const { url, server, port } = await startLibrary(databaseUrl, dataDir)
    closing.push(() => server.stop())
    const { rows } = await sql<{ id: string }>`
      select id from book.title t where exists (
        select 1 from book.copy c where c.book_id = t.id and c.state = 'available')
      order by md5(id::text)`.execute(database.db)
    const titles = rows.map(({ id }) => id)
    const patrons = Array.from({ length: PATRONS }, () => newId())
    const sign = await signerOf(dataDir, url)
    const tokens = await Promise.all(patrons.map(sign))
    const generator = await startGenerator({ port, tokens, regular: await sign(REGULAR), books: titles })
    closing.push(async () => void generator.kill())
    if (apart !== undefined) {
      const postmaster = postmasterOf(shop)
      if (postmaster === undefined || generator.pid === undefined)
        throw new Error('who to keep apart is gone')
      keepOn(generator.pid, apart.load)
      keepOn(server.pid, apart.measured)
      keepFamilyOn(postmaster, apart.measured)
      closing.push(async () => keepFamilyOn(postmaster, apart.all))
    }
    return {
      db: database.db,
      databaseUrl,
      dataDir,
      server,
      url,
      patrons,
      books: titles,
      lend: async (job) => {
        generator.send(job)
        const [result] = (await once(generator, 'message')) as [Borrowed]
        return result
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function addressOf({ databaseUrl }: Shop, name: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Makes the database that is copied, once. Its events have been told to nobody, and need not be. */
async function fill(shop: Shop, books: number): Promise<void> {
  const { rows } = await sql`select 1 from pg_database where datname = ${FILLED}`.execute(shop.db)
  if (rows.length === 0) await sql`create database ${sql.id(FILLED)}`.execute(shop.db)
  const url = addressOf(shop, FILLED)
  const database = openDatabase({ url, poolSize: 2, statementTimeoutMs: 300_000 })
  try {
    await migrate(database.db, SCHEMAS)
    const { rows: found } = await sql<{ titles: number }>`
      select count(*)::int as titles from book.title`.execute(database.db)
    if ((found[0]?.titles ?? 0) < books) {
      const wanted = ['--items', '0', '--orders', '0', '--books', String(books)]
      await runScript([MAIN, 'seed', ...wanted], { DATA_DIR: shop.dataDir, DATABASE_URL: url })
    }
    await writeOldLoans(database.db)
    await sql`truncate platform.outbox, platform.event_log`.execute(database.db)
    await sql`vacuum analyze`.execute(database.db)
  } finally {
    await database.close()
  }
}

async function startLibrary(databaseUrl: string, dataDir: string) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PORT: String(port),
    // That it refuses and was paused is known.
    LOG_LEVEL: 'fatal',
    DEMO: 'off',
    NODE_ENV: 'development',
    // What one address and one account may do is limited elsewhere; here it is what the process can.
    REQUESTS_PER_MINUTE: '100000000',
    CHANGES_PER_MINUTE: '100000000',
  }
  const profile = process.env.BENCH_SERVER_FLAGS?.split(' ') ?? []
  const args = [...profile, MAIN, 'serve', '--services', 'identity,book,borrow,dashboard']
  return { port, url, server: await startScript(args, env, `${url}/health/ready`) }
}

/** Patrons are known by their tokens; nobody has to sign up for that. */
async function signerOf(dataDir: string, issuer: string) {
  const { kid, privateKey } = await loadOrCreateKeyPair(secretsFolderOf(dataDir))
  const now = Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000)
  return (patronId: string) =>
    new SignJWT({ sid: newId(), roles: ['customer'] })
      .setProtectedHeader({ alg: ACCESS_TOKEN_ALGORITHM, kid, typ: ACCESS_TOKEN_TYPE })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject(patronId)
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .setJti(newId())
      .sign(privateKey)
}

async function startGenerator(borrowers: Borrowers): Promise<ChildProcess> {
  const generator = fork(join(import.meta.dirname, 'generator.ts'), { serialization: 'advanced' })
  generator.send(borrowers)
  await once(generator, 'message')
  return generator
}
