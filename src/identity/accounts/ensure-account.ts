import type { Role } from '../../platform/http/actor.ts'
import { UserError } from '../../platform/user-error.ts'
import type { Context } from '../context.ts'
import type { SignUp } from '../rules/account.ts'
import { findByEmail } from '../store/profile.ts'
import { signUp } from './sign-up.ts'

export interface WantedAccount extends SignUp {
  roles: readonly [Role, ...Role[]]
}

/**
 * Makes sure that an account with this e-mail and these roles exists, for demo data and the first operator. Safe to
 * repeat and to run in several processes at once. An account that is already there is left as it is, its password
 * too.
 * @returns the account's id
 * @throws UserError when the data break a rule, or when somebody else already signed up with that e-mail: roles are
 *   never given to an account just because of its address
 */
export async function ensureAccount(context: Context, wanted: WantedAccount): Promise<string> {
  const { roles, ...data } = wanted
  const existing = await findByEmail(context.db, wanted.email)
  if (existing) return withRoles(existing, wanted)
  const result = await signUp(context, data, { roles, emailVerified: true })
  if (result.kind === 'registered') return result.profile.id
  const meanwhile = await findByEmail(context.db, wanted.email)
  if (meanwhile) return withRoles(meanwhile, wanted)
  const reasons = result.errors?.map(({ field, message }) => `${field}: ${message.en}`).join('; ')
  throw new UserError(`the account ${wanted.email} cannot be created (${reasons ?? result.code})`)
}

function withRoles(account: { id: string; roles: readonly Role[] }, wanted: WantedAccount): string {
  const missing = wanted.roles.filter((role) => !account.roles.includes(role))
  if (missing.length === 0) return account.id
  throw new UserError(
    `the account ${wanted.email} exists without the role ${missing.join(', ')}; it is not changed`,
  )
}
