import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { newShopper } from '../kit/people/shopper.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, keep, ROOT, type Running, run } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import { bootBackupMachine } from './backup/unit.ts'

const BINARIES = '/usr/lib/postgresql/15/bin'
/** PostgreSQL does not run as root. */
const OWNER = 'postgres'
const [BEFORE_BACKUP, BEFORE_MOMENT, AFTER_MOMENT] = [4, 4, 3]

/** The drill: people buy, the database is destroyed, restored to a moment, and held against the bank. */
export async function proveBackup(proof: Proof): Promise<void> {
  const missing = await install(`${BINARIES}/pg_basebackup`)
  if (missing.length > 0) return proof.skip('backup', 'PostgreSQL 15 cannot be installed here')
  chmodSync(proof.folder, 0o755)
  const backups = join(proof.folder, 'backups')
  const textfiles = join(proof.folder, 'textfiles')
  mkdirSync(backups)
  mkdirSync(textfiles)
  await run('chown', [OWNER, backups, textfiles])
  const port = await freePort()
  const databaseUrl = `postgres://shop@127.0.0.1:${port}/shop`
  const first = join(proof.folder, 'database')
  await newCluster(first, port, backups)
  await asOwner(`${BINARIES}/pg_ctl`, ['-D', first, '-w', '-l', join(backups, 'server.log'), 'start'])
  proof.after(() => asOwner(`${BINARIES}/pg_ctl`, ['-D', first, '-m', 'immediate', 'stop']))
  await asOwner(`${BINARIES}/createdb`, ['-h', '127.0.0.1', '-p', String(port), '-U', 'shop', 'shop'])

  const appPort = await freePort()
  const settings = {
    NODE_ENV: 'development',
    DEMO: 'on',
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(proof.folder, 'data'),
    HOST: '127.0.0.1',
    PORT: String(appPort),
    BANK_PORT: String(await freePort()),
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    SIGN_UP_PER_MINUTE: '1000',
  }
  const url = `http://127.0.0.1:${appPort}`
  const app = await startShop(proof, 'shop', url, settings)
  const buyer = await newShopper(url)
  const buy = async (count: number) => {
    const orders: string[] = []
    for (let n = 0; n < count; n += 1) orders.push(await buyer.buy())
    return orders
  }
  const kept = await buy(BEFORE_BACKUP)
  const made = await asOwner(join(ROOT, 'deploy/backup/backup.sh'), [], {
    BACKUPS: backups,
    TEXTFILES: textfiles,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: 'shop',
    PATH: `${BINARIES}:${process.env.PATH}`,
  })
  const told = readFileSync(join(textfiles, 'backup.prom'), 'utf8')
  proof.claim(
    'a base backup is made while people buy, and monitoring is told',
    /^backup_finished_seconds \d+\n$/.test(told),
    made.trim(),
  )
  const machine = await bootBackupMachine(proof, { port, binaries: BINARIES })
  await machine?.proveRuns()

  kept.push(...(await buy(BEFORE_MOMENT)))
  await pause(1_500)
  const [{ now: moment = '' } = {}] = await ask(databaseUrl, 'select now()::text as now')
  await pause(1_500)
  const later = await buy(AFTER_MOMENT)
  // What archive_timeout does after a minute.
  await ask(databaseUrl, 'select pg_switch_wal()::text')
  await until(
    async () =>
      Number(
        (
          await ask(
            databaseUrl,
            "select archived_count::text as n from pg_stat_archiver where last_archived_time > now() - interval '5 s'",
          )
        )[0]?.n ?? 0,
      ) > 0,
    {
      deadlineMs: 30_000,
      everyMs: 200,
      what: 'the last WAL to be archived',
    },
  )
  await app.stop()
  await asOwner(`${BINARIES}/pg_ctl`, ['-D', first, '-m', 'immediate', 'stop'])
  rmSync(first, { recursive: true })
  proof.note(`the database is destroyed; restoring it to ${moment}`)

  const began = performance.now()
  // The owner may make nothing in the proof's own folder.
  mkdirSync(first)
  await run('chown', [OWNER, first])
  await asOwner(join(ROOT, 'deploy/backup/restore.sh'), [first, String(moment)], { BACKUPS: backups })
  await asOwner(`${BINARIES}/pg_ctl`, [
    '-D',
    first,
    '-w',
    '-t',
    '120',
    '-l',
    join(backups, 'restored.log'),
    'start',
  ])
  await until(
    async () => (await ask(databaseUrl, 'select pg_is_in_recovery()::text as r'))[0]?.r === 'false',
    {
      deadlineMs: 60_000,
      everyMs: 200,
      what: 'the restored server to take writes',
    },
  )
  proof.claim(
    'the database is restored and takes writes',
    true,
    `${((performance.now() - began) / 1000).toFixed(1)} s`,
  )
  await proveBooks(proof, databaseUrl, settings, { kept, later })
  // What restore.sh leaves archives nothing.
  await machine?.proveGivesUp()
}

async function proveBooks(
  proof: Proof,
  databaseUrl: string,
  settings: Readonly<Record<string, string>>,
  { kept, later }: { kept: readonly string[]; later: readonly string[] },
): Promise<void> {
  const paid = new Set(
    (
      await ask(
        databaseUrl,
        "select distinct order_id::text as id from payments.attempt where state in ('succeeded', 'succeeded_late')",
      )
    ).map(({ id }) => id),
  )
  const all = kept.filter((id) => paid.has(id)).length
  const none = later.filter((id) => paid.has(id)).length
  proof.claim(
    'every purchase before the moment is there, none after it',
    all === kept.length && none === 0,
    `${all} of ${kept.length} before, ${none} of ${later.length} after`,
  )
  const [sums] = await ask(
    databaseUrl,
    `select (select coalesce(sum(total), 0)::text from payments.attempt where state in ('succeeded', 'succeeded_late')) as attempts,
            (select coalesce(sum(amount), 0)::text from payments.ledger_entry where amount > 0 and refund_id is null) as ledger`,
  )
  proof.claim(
    'our books agree with themselves',
    sums !== undefined && sums.attempts === sums.ledger,
    JSON.stringify(sums),
  )

  // The bank was never gone: it knows of all purchases. It comes back with the server, which settles nothing by itself.
  const url = `http://127.0.0.1:${settings.PORT}`
  const app = await startShop(proof, 'restored', url, settings)
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)
  const compared = await attempt(process.execPath, ['src/main.ts', 'reconcile', '--date', today, '--json'], {
    env: settings,
  })
  const days = JSON.parse(compared.out || '[]') as { differences?: { kind: string }[] }[]
  const differences = days.flatMap((day) => day.differences ?? [])
  proof.claim(
    'reconciliation lists exactly the payments since the moment',
    compared.code === 3 && differences.length === later.length,
    `exit code ${compared.code}, ${differences.length} differences (${[...new Set(differences.map(({ kind }) => kind))].join(', ')}) for ${later.length} purchases`,
  )
  const again = await (await newShopper(url)).buy()
  proof.claim('people can buy again', again !== '', again)
  await app.stop()
}

async function newCluster(folder: string, port: number, backups: string): Promise<void> {
  mkdirSync(folder)
  await run('chown', [OWNER, folder])
  await asOwner(`${BINARIES}/initdb`, [
    '-D',
    folder,
    '-U',
    'shop',
    '-A',
    'trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--data-checksums',
  ])
  const archive = `BACKUPS=${backups} ${join(ROOT, 'deploy/backup/archive.sh')} %p %f`
  appendFileSync(
    join(folder, 'postgresql.conf'),
    `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\narchive_mode = on\narchive_command = '${archive}'\narchive_timeout = 60\n`,
  )
}

/** Runs a program as the owner of the database. */
function asOwner(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return run('runuser', ['-u', OWNER, '--', 'env', ...settings, command, ...args], { cwd: '/' })
}

async function ask(url: string, statement: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, string>>(statement)).rows
  } finally {
    await client.end()
  }
}

async function startShop(
  proof: Proof,
  name: string,
  url: string,
  settings: Readonly<Record<string, string>>,
): Promise<Running> {
  const app = keep(proof, name, process.execPath, ['src/main.ts', 'serve'], settings)
  await until(
    async () => {
      if (app.child.exitCode !== null) throw new Error('it ended')
      return (await fetch(`${url}/health/ready`)).ok
    },
    { deadlineMs: 180_000, everyMs: 200, what: `the shop (${readdirSync(proof.folder).join(' ')})` },
  )
  return app
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms))
}
