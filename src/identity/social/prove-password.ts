import { type Refused, refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { identity } from '../store/tables.ts'

/** Whether somebody knows the password of an account. */
export async function provePassword(
  { db, passwords, log }: Pick<Context, 'db' | 'passwords' | 'log'>,
  accountId: string,
  password: string,
): Promise<
  | { kind: 'proved' }
  | Refused<'not_signed_in' | 'password_needed' | 'temporarily_unavailable' | 'wrong_password'>
> {
  const account = await identity(db)
    .selectFrom('identity.account')
    .select('password_hash')
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst()
  if (!account) return refused('not_signed_in')
  if (account.password_hash === null) return refused('password_needed')
  const matches = await passwords.matches(account.password_hash, password)
  if (typeof matches !== 'boolean') return matches
  if (matches) return { kind: 'proved' }
  log.warn({ security: 'wrong_password', account: accountId }, 'a password was not proved')
  return refused('wrong_password')
}
