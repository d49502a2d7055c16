import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { migrateWithRoles } from '../src/cli/migrate-roles.ts'
import { databaseSettingOf } from '../src/services/config.ts'
import { SERVICE_NAMES, type ServiceName } from '../src/services/names.ts'

/**
 * A database for each service, or one for all; in any case a role for each, which sees its own data and nothing else.
 * What is there already is kept, and brought up to date.
 * @param serverOf the address of the server of each service, as its owner
 * @param folder keeps the passwords of the roles
 * @param apart whether each service has a database of its own
 * @param names of the services; default all
 */
export async function prepareDatabases(
  serverOf: (name: ServiceName) => string,
  folder: string,
  {
    apart,
    names: all = SERVICE_NAMES,
    say,
    signal,
  }: { apart: boolean; names?: readonly ServiceName[]; say: (line: string) => void; signal: AbortSignal },
): Promise<ReadonlyMap<ServiceName, string>> {
  const passwords = await passwordsIn(folder)
  const places = new Map(
    all.map((name) => [name, at(serverOf(name), apart ? `pillivery_${name}` : 'pillivery_all')]),
  )
  const roles = new Map(
    all.map((name) => [name, as(places.get(name) ?? '', `pillivery_${name}`, passwords[name])]),
  )
  for (const [place, names] of Map.groupBy(all, (name) => places.get(name) ?? '')) {
    signal.throwIfAborted()
    const server = names.map(serverOf)[0] ?? place
    const isNew = await ensureDatabase(server, new URL(place).pathname.slice(1))
    if (isNew) say(`database ${new URL(place).pathname.slice(1)} made`)
    await migrateWithRoles(names, signal, {
      DATABASE_URL: place,
      DATA_DIR: folder,
      ...Object.fromEntries(names.map((name) => [databaseSettingOf(name), roles.get(name)])),
      // Others in other databases: their events come by the broker.
      ...(apart ? { KAFKA_BROKERS: '127.0.0.1:1' } : {}),
    })
    await letIn(
      place,
      names.map((name) => `pillivery_${name}`),
    )
  }
  return roles
}

async function ensureDatabase(url: string, name: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount) return false
    await client.query(`create database ${pg.escapeIdentifier(name)}`)
    return true
  })
}

/** Whoever else the server knows does not even get in. */
async function letIn(place: string, roles: readonly string[]): Promise<void> {
  const database = pg.escapeIdentifier(new URL(place).pathname.slice(1))
  await withClient(place, async (client) => {
    await client.query(`revoke connect on database ${database} from public`)
    for (const role of roles)
      await client.query(`grant connect on database ${database} to ${pg.escapeIdentifier(role)}`)
  })
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function passwordsIn(folder: string): Promise<Record<ServiceName, string>> {
  const file = join(folder, 'passwords.json')
  const kept: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  const known = new Map(typeof kept === 'object' && kept !== null ? Object.entries(kept) : [])
  const all = Object.fromEntries(
    SERVICE_NAMES.map((name) => [name, String(known.get(name) ?? randomBytes(18).toString('base64url'))]),
  ) as Record<ServiceName, string>
  await writeFile(file, JSON.stringify(all), { mode: 0o600 })
  return all
}

function at(url: string, database: string): string {
  const place = new URL(url)
  place.pathname = `/${database}`
  return place.toString()
}

function as(url: string, role: string, password: string): string {
  const place = new URL(url)
  place.username = role
  place.password = password
  return place.toString()
}
