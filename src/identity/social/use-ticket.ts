import type { Tx } from '../../platform/database/database.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { AgreedTo } from '../accounts/legal-for-pages.ts'
import { signUp } from '../accounts/sign-up.ts'
import type { PersonalData } from '../rules/account.ts'
import { type AddProof, type Entered, enterAccount } from '../sessions/enter-account.ts'
import { findByEmail } from '../store/profile.ts'
import { useLogin } from '../store/social-logins.ts'
import { identity } from '../store/tables.ts'
import type { SocialDeps } from './deps.ts'
import { linkTo } from './finish-login.ts'
import type { SignUpTicket } from './sealed.ts'

/** What a ticket tells of the newcomer, to fill in the form; undefined when it is no good any more. */
export function readTicket({ sealed }: Pick<SocialDeps, 'sealed'>, ticket: string): SignUpTicket | undefined {
  return sealed.tickets.open(ticket)
}

/**
 * Creates the account of somebody a provider has named: without a password, entered by that provider. The address
 * counts as verified only if the provider verified just this one.
 * Refusals: ticket_invalid (unknown, or too old), login_already_linked (signed up already), those of `signUp`; an
 * e-mail that somebody has is refused like everywhere: the account behind it stays theirs.
 */
export async function signUpWithTicket(
  deps: SocialDeps,
  {
    ticket,
    typed,
    device,
  }: { ticket: string; typed: PersonalData & { agreedTo?: AgreedTo }; device: string | null },
  addProof: AddProof,
): Promise<
  ({ kind: 'entered' } & Entered) | RefusedBy<typeof signUp> | Refused<'ticket_invalid' | 'not_signed_in'>
> {
  const opened = deps.sealed.tickets.open(ticket)
  if (!opened) return refused('ticket_invalid')
  const { provider, subject, email, emailVerified } = opened
  const isTheirs = emailVerified && email?.toLowerCase() === typed.email.trim().toLowerCase()
  const result = await signUp(deps, typed, {
    roles: ['customer'],
    emailVerified: isTheirs,
    agrees: true,
    loginBy: { provider, subject },
  })
  if (result.kind === 'refused') return result
  const accountId = result.profile.id
  const stillHolds = async (tx: Tx, now: Temporal.Instant) =>
    (await useLogin(tx, { provider, subject }, now)) === accountId
  const entered = await enterAccount(deps, { accountId, device, addProof, stillHolds })
  return entered ? { kind: 'entered', ...entered } : refused('not_signed_in')
}

/**
 * Makes the provider of a ticket a way into an account that exists, once its owner has proved it by the password.
 * Refusals: ticket_invalid, wrong_credentials, login_already_linked, provider_already_linked,
 * temporarily_unavailable (too many password checks at a time).
 */
export async function linkWithTicket(
  deps: SocialDeps,
  {
    ticket,
    email,
    password,
    device,
  }: { ticket: string; email: string; password: string; device: string | null },
  addProof: AddProof,
): Promise<
  | ({ kind: 'entered' } & Entered)
  | RefusedBy<typeof linkTo>
  | Refused<'ticket_invalid' | 'temporarily_unavailable' | 'wrong_credentials'>
> {
  const opened = deps.sealed.tickets.open(ticket)
  if (!opened) return refused('ticket_invalid')
  const account = await findByEmail(deps.db, email.trim())
  // As much work, and the same answer, where there is no such account, or none with a password.
  const matches = await deps.passwords.matches(account?.password_hash ?? null, password)
  if (typeof matches !== 'boolean') return matches
  if (!matches || !account) {
    deps.log.warn({ security: 'login_failed', account: account?.id ?? null }, 'a login failed')
    return refused('wrong_credentials')
  }
  const { provider, subject } = opened
  const linked = await linkTo(deps, account.id, { provider, subject }, account.password_hash)
  if (linked.kind === 'refused')
    return linked.code === 'not_signed_in' ? refused('wrong_credentials') : linked
  const accountId = account.id
  const stillHolds = async (tx: Tx) => (await passwordHashOf(tx, accountId)) === account.password_hash
  const entered = await enterAccount(deps, { accountId, device, addProof, stillHolds })
  return entered ? { kind: 'entered', ...entered } : refused('wrong_credentials')
}

async function passwordHashOf(tx: Tx, accountId: string): Promise<string | null | undefined> {
  const row = await identity(tx)
    .selectFrom('identity.account')
    .select('password_hash')
    .where('id', '=', accountId)
    .executeTakeFirst()
  return row?.password_hash
}
