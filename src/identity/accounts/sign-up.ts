import { accountRegistered } from '../../contracts/account-events.ts'
import { writeAudit } from '../../platform/audit/audit.ts'
import { isUniqueViolation, transact } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { Role } from '../../platform/http/actor.ts'
import { newId } from '../../platform/ids.ts'
import type { Refused, RefusedBy } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { issueLink } from '../links/issue-link.ts'
import { checkSignUp, type PersonalData, takenRefusal } from '../rules/account.ts'
import { insertAgreements } from '../store/legal-texts.ts'
import { type Profile, takenFields, UNIQUE_INDEXES } from '../store/profile.ts'
import { addLogin, addLoginRefusal, type Subject } from '../store/social-logins.ts'
import { IDENTITY, identity } from '../store/tables.ts'

import { type AgreedTo, checkAgreed, countingToday } from './legal-for-pages.ts'

interface SignUpTerms {
  roles: readonly [Role, ...Role[]]
  /** Whether it is known already that the address is theirs; else a link is sent there. */
  emailVerified: boolean
  /** Whether it is the person who signs up: they agree to the legal texts by it. An account made for somebody has no such word. */
  agrees?: true
  /** The way in of an account without a password. */
  loginBy?: Subject
}

const FROM_OUTSIDE: SignUpTerms = { roles: ['customer'], emailVerified: false, agrees: true }

/**
 * Creates an account with a password, or with a login provider as the way in. E-mail, display name and phone are
 * unique among live accounts; of many sign-ups with the same one at the same time, exactly one succeeds. Who signs up
 * and names no versions of the legal texts agrees to those that count today.
 * Refusals: invalid_request (fields), already_taken (fields), temporarily_unavailable (too many at a time),
 * login_already_linked (the login has an account), legal_text_changed (what they agreed to does not count any more).
 */
export async function signUp(
  context: Context,
  typed: PersonalData & { password?: string; agreedTo?: AgreedTo },
  terms: SignUpTerms = FROM_OUTSIDE,
): Promise<
  | { kind: 'registered'; profile: Profile }
  | RefusedBy<typeof addLoginRefusal>
  | RefusedBy<typeof checkAgreed>
  | Refused<'invalid_request' | 'already_taken' | 'temporarily_unavailable'>
> {
  const { roles, emailVerified, agrees, loginBy } = terms
  const checked = checkSignUp(typed, loginBy === undefined)
  if (checked.kind === 'refused') return checked
  const today = context.clock.today()
  const agreed = typed.agreedTo && (await checkAgreed(context.db, typed.agreedTo, today))
  if (agreed?.kind === 'refused') return agreed
  const agreedTo = typed.agreedTo ?? (agrees ? await countingToday(context.db, today) : undefined)
  const { password, ...data } = checked.data
  const taken = await takenFields(context.db, data)
  if (taken.length > 0) return takenRefusal(taken)
  const hashed = password === undefined ? undefined : await context.passwords.hash(password)
  if (hashed?.kind === 'refused') return hashed

  const now = context.clock.now()
  const id = newId()
  try {
    return await transact(context.db, async (tx) => {
      const row = await identity(tx)
        .insertInto('identity.account')
        .values({
          id,
          status: 'active',
          email: data.email,
          display_name: data.displayName,
          real_name: data.realName,
          phone: data.phone,
          city: data.address.city,
          address_detail: data.address.detail,
          postal_code: data.address.postalCode,
          password_hash: hashed?.hash ?? null,
          roles: [...roles],
          version: 1,
          created_at: now,
          updated_at: now,
          withdrawn_at: null,
          email_verified_at: emailVerified ? now : null,
        })
        .returning(['roles', 'created_at', 'updated_at'])
        .executeTakeFirstOrThrow()
      if (agreedTo) await insertAgreements(tx, id, agreedTo, now)
      if (loginBy) await addLogin(tx, id, loginBy, now)
      await appendEvents(tx, IDENTITY, now, [
        accountRegistered.of(id, 1, { accountId: id, roles: [...roles] }),
      ])
      if (!emailVerified) await issueLink(context, tx, { accountId: id, purpose: 'verify_email' })
      if (roles.some((role) => role !== 'customer')) {
        await writeAudit(tx, now, {
          actorId: 'system',
          action: 'account.roles_given',
          subject: { type: 'account', id },
          after: { roles: [...roles] },
        })
      }
      const { roles: given, created_at: createdAt, updated_at: updatedAt } = row
      const profile = { id, ...data, roles: given, emailVerified, createdAt, updatedAt }
      return { kind: 'registered', profile }
    })
  } catch (error) {
    const violated = UNIQUE_INDEXES.filter(({ index }) => isUniqueViolation(error, index))
    if (violated.length > 0) return takenRefusal(violated.map(({ field }) => field))
    const refusal = addLoginRefusal(error)
    if (refusal) return refusal
    throw error
  }
}
