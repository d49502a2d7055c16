import { sql } from 'kysely'
import { writeAudit } from '../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import type { Actor, Role } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { revokeSessions } from '../sessions/revoke-sessions.ts'
import { type AccountRow, findByEmail } from '../store/profile.ts'
import { identity } from '../store/tables.ts'

/** Roles that are given and taken; everybody is a customer, and nobody becomes a service. */
export const GIVEN_ROLES = ['librarian', 'merchant', 'admin'] as const
export type GivenRole = (typeof GIVEN_ROLES)[number]

/** An account as who gives roles sees it. */
export interface RoleHolder {
  id: string
  email: string
  /** Whether they have proved that they read its mails. */
  emailVerified: boolean
  displayName: string
  roles: readonly Role[]
}

/** The account with an e-mail address. */
export async function findHolder(
  db: Db,
  email: string,
): Promise<{ kind: 'found'; holder: RoleHolder } | Refused<'not_found'>> {
  const [holder] = holdersIn([await findByEmail(db, email.trim())])
  return holder ? { kind: 'found', holder } : refused('not_found')
}

/** More than a system of this size has. */
const MOST_STAFF = 500

/** Live accounts with a role besides that of a customer, by name. */
export async function listStaff(db: Db): Promise<RoleHolder[]> {
  const { rows } = await sql<HolderRow>`
    select id, email, email_verified_at, display_name, roles from identity.account
    where roles <> '{customer}' and status = 'active' order by display_name, id limit ${MOST_STAFF}`.execute(
    db,
  )
  return holdersIn(rows)
}

type HolderRow = Pick<AccountRow, 'id' | 'email' | 'email_verified_at' | 'display_name' | 'roles'>

function holdersIn(rows: readonly (HolderRow | undefined)[]): RoleHolder[] {
  return rows.flatMap((row) =>
    row === undefined || row.email === null || row.display_name === null
      ? []
      : [
          {
            id: row.id,
            email: row.email,
            emailVerified: row.email_verified_at !== null,
            displayName: row.display_name,
            roles: row.roles,
          },
        ],
  )
}

/**
 * Gives and takes roles, with a reason, in the books. The account's sessions end, so that what was taken is gone at
 * once and what was given is there with the next login.
 * Refusals: not_found (no such live account), last_administrator.
 */
export async function changeRoles(
  context: Context,
  actor: Actor,
  { accountId, roles, reason }: { accountId: string; roles: readonly GivenRole[]; reason: string },
): Promise<{ kind: 'changed'; roles: readonly Role[] } | Refused<'not_found' | 'last_administrator'>> {
  return transact(context.db, async (tx) => {
    const isLast = await isLastAdmin(tx, accountId)
    const account = await identity(tx)
      .selectFrom('identity.account')
      .select('roles')
      .where('id', '=', accountId)
      .where('status', '=', 'active')
      .forUpdate()
      .executeTakeFirst()
    if (!account) return refused('not_found')
    if (isLast && !roles.includes('admin')) return refused('last_administrator')
    const now = context.clock.now()
    const wanted: Role[] = ['customer', ...GIVEN_ROLES.filter((role) => roles.includes(role))]
    await identity(tx)
      .updateTable('identity.account')
      .set({ roles: wanted, updated_at: now })
      .where('id', '=', accountId)
      .execute()
    await revokeSessions(context, tx, { accountId }, 'roles_changed', now)
    await writeAudit(tx, now, {
      actorId: actor.userId,
      action: 'account.roles_changed',
      subject: { type: 'account', id: accountId },
      reason,
      before: { roles: account.roles },
      after: { roles: wanted },
    })
    return { kind: 'changed' as const, roles: wanted }
  })
}

/** Whether somebody is the only administrator; it stays so until the end of the transaction. */
export async function isLastAdmin(tx: Tx, accountId: string): Promise<boolean> {
  const admins = await lockAdmins(tx)
  return admins.length === 1 && admins[0] === accountId
}

/** All administrators, who stay so until the end of the transaction: of several who go at once one is the last. */
async function lockAdmins(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from identity.account where status = 'active' and 'admin' = any(roles) order by id for update`.execute(
    tx,
  )
  return rows.map(({ id }) => id)
}
