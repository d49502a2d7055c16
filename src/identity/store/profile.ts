import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { Role } from '../../platform/http/actor.ts'
import type { PersonalData, UniqueField } from '../rules/account.ts'
import { type IdentityTables, identity } from './tables.ts'

/** An account as its owner sees it. */
export interface Profile extends PersonalData {
  id: string
  roles: readonly Role[]
  /** Whether it is known that the owner reads the mail of the address. */
  emailVerified: boolean
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
}

/** A literal, not a parameter: the unique indexes cover live accounts only and must be usable in any plan. */
const isLive = sql<boolean>`status = 'active'`

export type AccountRow = IdentityTables['identity.account']

/** A live account's row as a profile; undefined for a withdrawn one, of which nothing personal is left. */
export function profileFrom(row: AccountRow): Profile | undefined {
  const { email, display_name, real_name, phone, city, address_detail, postal_code } = row
  const isComplete =
    email !== null &&
    display_name !== null &&
    real_name !== null &&
    phone !== null &&
    city !== null &&
    address_detail !== null &&
    postal_code !== null
  if (!isComplete) return undefined
  return {
    id: row.id,
    email,
    displayName: display_name,
    realName: real_name,
    phone,
    address: { city, detail: address_detail, postalCode: postal_code },
    roles: row.roles,
    emailVerified: row.email_verified_at !== null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** The profile of a live account, or undefined. */
export async function readProfile(db: Db | Tx, accountId: string): Promise<Profile | undefined> {
  const row = await identity(db)
    .selectFrom('identity.account')
    .selectAll()
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return row && profileFrom(row)
}

/** The live account with this e-mail address, in whatever case it is written. */
export async function findByEmail(db: Db | Tx, email: string): Promise<AccountRow | undefined> {
  return identity(db)
    .selectFrom('identity.account')
    .selectAll()
    .where((eb) => eb(eb.fn('lower', ['email']), '=', email.toLowerCase()))
    .where(isLive)
    .executeTakeFirst()
}

/** Which of the given values other live accounts hold. Friendly only: the unique indexes decide. */
export async function takenFields(
  db: Db | Tx,
  wanted: { [F in UniqueField]?: string | undefined },
  exceptId: string | null = null,
): Promise<UniqueField[]> {
  const rows = await identity(db)
    .selectFrom('identity.account')
    .select(['email', 'display_name', 'phone'])
    .where(isLive)
    .where((eb) =>
      eb.or([
        eb(eb.fn('lower', ['email']), '=', wanted.email?.toLowerCase() ?? null),
        eb(eb.fn('lower', ['display_name']), '=', wanted.displayName?.toLowerCase() ?? null),
        eb('phone', '=', wanted.phone ?? null),
      ]),
    )
    .$if(exceptId !== null, (query) => query.where('id', '<>', exceptId))
    .execute()
  const same = (a: string | null, b: string | undefined) =>
    a !== null && b !== undefined && a.toLowerCase() === b.toLowerCase()
  const taken: UniqueField[] = []
  if (rows.some((row) => same(row.email, wanted.email))) taken.push('email')
  if (rows.some((row) => same(row.display_name, wanted.displayName))) taken.push('displayName')
  if (rows.some((row) => same(row.phone, wanted.phone))) taken.push('phone')
  return taken
}

/** The field behind a violated unique index. */
export const UNIQUE_INDEXES = [
  { index: 'account_email', field: 'email' },
  { index: 'account_display_name', field: 'displayName' },
  { index: 'account_phone', field: 'phone' },
] as const satisfies readonly { index: string; field: UniqueField }[]
