import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { cpuSeconds, familyCpuSeconds } from './cpu.ts'
import type { Shop } from './shop.ts'

/** What has been spent so far. */
export interface Spent {
  /** Processor seconds of the server and of PostgreSQL. */
  readonly server: number
  readonly database: number
  readonly commits: number
}

/**
 * Makes the function that reads what a server and its database have spent; on a busy machine it says more than times do.
 * @param shop whose folder the database server is in
 */
export function meterOf(
  shop: Pick<Shop, 'dataDir'>,
  { server, db, databaseUrl }: Pick<Shop, 'server' | 'db' | 'databaseUrl'>,
): () => Promise<Spent> {
  const postmaster = postmasterOf(shop)
  const name = new URL(databaseUrl).pathname.slice(1)
  return async () => {
    const { rows } = await sql<{ commits: number }>`
      select xact_commit as commits from pg_stat_database where datname = ${name}`.execute(db)
    return {
      server: cpuSeconds(server.pid),
      database: postmaster === undefined ? 0 : familyCpuSeconds(postmaster),
      commits: Number(rows[0]?.commits ?? 0),
    }
  }
}

/** The database server in whose folder a shop is; undefined when none runs there. */
export function postmasterOf({ dataDir }: Pick<Shop, 'dataDir'>): number | undefined {
  const [file] = globSync(join(dataDir, 'postgres/**/postmaster.pid'))
  return file === undefined ? undefined : Number(readFileSync(file, 'utf8').split('\n')[0])
}

/** What one of `count` things cost, as a line for people. */
export function costLine(name: string, from: Spent, to: Spent, count: number, one: string): string {
  const ms = (of: 'server' | 'database') => `${((1_000 * (to[of] - from[of])) / count).toFixed(1)} ms`
  const commits = ((to.commits - from.commits) / count).toFixed(1)
  return `  ${name}: server ${ms('server')}, PostgreSQL ${ms('database')} of processor, ${commits} commits ${one}`
}
