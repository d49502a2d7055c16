import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '../../src/platform/user-error.ts'

const run = promisify(execFile)

/** Debian puts it outside the path; any version of it can speak to any server. */
function findPgbench(): string {
  const found = [
    ...globSync('/usr/lib/postgresql/*/bin/pgbench'),
    '/usr/bin/pgbench',
    '/usr/local/bin/pgbench',
  ]
  const path = process.env.PGBENCH ?? found.find((candidate) => existsSync(candidate))
  if (path !== undefined) return path
  throw new UserError(
    'pgbench is not installed. On Debian and Ubuntu: apt-get install -y postgresql-15 (or another version); elsewhere set PGBENCH to its path.',
  )
}

export interface Pgbench {
  /** After the warm-up. */
  readonly perSecond: number
  /** With the warm-up. */
  readonly transactions: number
}

/**
 * Runs transactions, each a list of statements, as fast as `clients` connections can; every one is picked at random.
 * Statements may use pgbench variables set by `prelude` lines.
 */
export async function pgbench(
  url: string,
  transactions: readonly (readonly string[])[],
  {
    clients,
    seconds,
    warmUpSeconds = 0,
    prelude = [],
    define = {},
  }: {
    clients: number
    seconds: number
    /** Before what is measured: each client prepares each of the statements once, as a server did long ago. */
    warmUpSeconds?: number
    prelude?: readonly string[]
    /** Variables that every client begins with. */
    define?: Readonly<Record<string, number>>
  },
): Promise<Pgbench> {
  const tool = findPgbench()
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-bench-'))
  try {
    const files = await Promise.all(
      transactions.map(async (statements, n) => {
        const file = join(folder, `${n}.sql`)
        const lines = statements.map((statement) => `${statement.replaceAll(/\s*\n\s*/g, ' ').trim()};`)
        await writeFile(file, `${[...prelude, ...lines].join('\n')}\n`)
        return `--file=${file}`
      }),
    )
    const { hostname, port, username, password, pathname, searchParams } = new URL(url)
    // By the same way as we: a server's socket costs both of us less than TCP.
    const place = ['-h', searchParams.get('host') ?? hostname, '-p', port, '-U', decodeURIComponent(username)]
    // Our own statements are prepared, so the yardstick's are, where their literals are not put together from variables.
    const mode = prelude.length === 0 && Object.keys(define).length === 0 ? 'prepared' : 'simple'
    const time = ['-T', String(warmUpSeconds + seconds), '-P', '1']
    const pace = ['-n', '-M', mode, '-c', String(clients), '-j', '2', ...time]
    const given = Object.entries(define).map(([name, value]) => `--define=${name}=${value}`)
    const { stdout, stderr } = await run(tool, [...place, ...pace, ...given, ...files, pathname.slice(1)], {
      env: { ...process.env, PGPASSWORD: decodeURIComponent(password) },
      maxBuffer: 64 * 1024 * 1024,
    })
    return {
      perSecond:
        warmUpSeconds === 0 ? numberIn(stdout, /^tps = ([\d.]+)/m) : paceAfter(stderr, warmUpSeconds),
      transactions: numberIn(stdout, /actually processed: (\d+)/),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Of what pgbench tells every second. */
function paceAfter(progress: string, warmUpSeconds: number): number {
  const told = [...progress.matchAll(/^progress: ([\d.]+) s, ([\d.]+) tps/gm)]
  const counted = told.flatMap(([, at, pace]) => (Number(at) > warmUpSeconds + 0.5 ? [Number(pace)] : []))
  if (counted.length === 0) throw new Error(`pgbench told nothing of what it did:\n${progress}`)
  return counted.reduce((sum, pace) => sum + pace, 0) / counted.length
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`pgbench printed no ${pattern.source}:\n${text}`)
  return Number(found)
}
