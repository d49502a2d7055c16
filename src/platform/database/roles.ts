import { sql } from 'kysely'
import { UserError } from '../user-error.ts'
import { type Db, type Tx, transact } from './database.ts'

/** Who a service is to the database. */
export interface ServiceRole {
  name: string
  /** Set when given; a role that is there already keeps its own otherwise. */
  password: string | undefined
  /** What it may read and write, besides what all share. */
  schemas: readonly string[]
}

/** What stored commands keep, beside the schemas with migrations of our own. */
export const COMMANDS_SCHEMA = 'pgboss'

/**
 * Makes the roles that are missing, and lets each read and write the data of its own schemas and of the shared ones,
 * and nothing else: no other service's data, no tables of its own, no migrations. What later migrations add in these
 * schemas is granted with it. Safe to repeat. Run it as the owner of the schemas, after they were migrated.
 * @param shared schemas every service needs
 * @throws UserError when a role is the owner itself
 */
export async function grantRoles(
  db: Db,
  roles: readonly ServiceRole[],
  shared: readonly string[],
): Promise<void> {
  await transact(db, async (tx) => {
    const { rows } = await sql<{ owner: string }>`select current_user::text as owner`.execute(tx)
    const owner = rows[0]?.owner ?? ''
    const all = new Set(roles.flatMap(({ schemas }) => schemas))
    // Services that are given the same role share what they may see.
    for (const [name, ones] of Map.groupBy(roles, (role) => role.name)) {
      if (name === owner)
        throw new UserError(`The role ${name} owns the database; a service needs a role of its own.`)
      await ensureRole(tx, name, ones.find(({ password }) => password !== undefined)?.password)
      const own = new Set([...ones.flatMap(({ schemas }) => schemas), ...shared])
      for (const schema of all) if (!own.has(schema)) await close(tx, name, schema)
      for (const schema of own) await open(tx, name, schema)
    }
  })
}

async function ensureRole(tx: Tx, name: string, password: string | undefined): Promise<void> {
  const { rows } = await sql`select 1 from pg_roles where rolname = ${name}`.execute(tx)
  if (rows.length === 0)
    await sql`create role ${sql.id(name)} login nosuperuser nocreatedb nocreaterole`.execute(tx)
  if (password !== undefined && password !== '')
    await sql`alter role ${sql.id(name)} password ${sql.lit(password)}`.execute(tx)
}

/** Everything in the schema but its structure, and what migrations have been applied is only read. */
async function open(tx: Tx, name: string, schema: string): Promise<void> {
  const [role, place] = [sql.id(name), sql.id(schema)]
  await sql`grant usage on schema ${place} to ${role}`.execute(tx)
  await sql`grant select, insert, update, delete on all tables in schema ${place} to ${role}`.execute(tx)
  await sql`grant usage, select on all sequences in schema ${place} to ${role}`.execute(tx)
  await sql`
    alter default privileges in schema ${place} grant select, insert, update, delete on tables to ${role}`.execute(
    tx,
  )
  await sql`alter default privileges in schema ${place} grant usage, select on sequences to ${role}`.execute(
    tx,
  )
  const { rows } = await sql<{ tablename: string }>`
    select tablename from pg_tables where schemaname = ${schema} and tablename like 'kysely_migration%'`.execute(
    tx,
  )
  for (const { tablename } of rows)
    await sql`revoke insert, update, delete on ${sql.id(schema, tablename)} from ${role}`.execute(tx)
}

async function close(tx: Tx, name: string, schema: string): Promise<void> {
  const [role, place] = [sql.id(name), sql.id(schema)]
  await sql`revoke all on all tables in schema ${place} from ${role}`.execute(tx)
  await sql`revoke all on all sequences in schema ${place} from ${role}`.execute(tx)
  await sql`revoke all on schema ${place} from ${role}`.execute(tx)
  await sql`alter default privileges in schema ${place} revoke all on tables from ${role}`.execute(tx)
  await sql`alter default privileges in schema ${place} revoke all on sequences from ${role}`.execute(tx)
}
