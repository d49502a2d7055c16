import type { FastifyRequest } from 'fastify'
import type { Refused } from '../../platform/refusal.ts'
import { asksForUnique } from '../accounts/unique-change.ts'
import type { Context } from '../context.ts'
import type { ProfileChange } from '../rules/account.ts'
import type { Limits } from './rate-limits.ts'

/** Counts a change of one's own account by what it may be used to guess: the password, or what others have. */
export async function changeLimit(
  context: Context,
  limits: Limits,
  request: FastifyRequest,
  accountId: string,
  typed: ProfileChange,
): Promise<Refused<'too_many_requests'> | undefined> {
  const tooMany = typed.newPassword !== undefined && (await limits.passwordChange(request, accountId))
  if (tooMany) return tooMany
  return (await asksForUnique(context, accountId, typed))
    ? limits.uniqueChange(request, accountId)
    : undefined
}
