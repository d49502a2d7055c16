import { type Tx, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { SocialPerson } from '../rules/social-person.ts'
import { type AddProof, type Entered, enterAccount } from '../sessions/enter-account.ts'
import { accountOf, addLogin, addLoginRefusal, useLogin } from '../store/social-logins.ts'
import { identity } from '../store/tables.ts'
import type { SocialDeps } from './deps.ts'
import type { LoginFlow } from './sealed.ts'

/** What a client brings back from a provider. */
export interface Returned {
  /** From {@link beginLogin}; it is bound to the client by being known to it alone. */
  flow: string
  /** The query of the address it came back to. */
  query: string
}

/** Somebody new: with the ticket they sign up, or prove that an account is theirs. */
export interface Newcomer {
  kind: 'newcomer'
  ticket: string
  person: SocialPerson
}

/**
 * Ends a login at a provider. Whoever is known there enters their account; nobody else does, whatever e-mail address
 * the provider tells: that of somebody's account opens nothing.
 */
export async function finishLogin(
  deps: SocialDeps,
  returned: Returned,
  device: string | null,
  addProof: AddProof,
): Promise<
  | ({ kind: 'entered' } & Entered)
  | Newcomer
  | Refused<'login_not_proved' | 'login_provider_unknown' | 'login_cancelled' | 'login_provider_unavailable'>
> {
  const flow = deps.sealed.flows.open(returned.flow)
  if (!flow || flow.linkTo !== null) return notProved(deps, null)
  const proved = await askProvider(deps, flow, returned.query)
  if (proved.kind === 'refused') return proved
  const { person } = proved
  const login = { provider: flow.provider, subject: person.subject }
  const accountId = await accountOf(deps.db, login)
  if (accountId === undefined)
    return {
      kind: 'newcomer',
      ticket: deps.sealed.tickets.seal({ provider: flow.provider, ...person }),
      person,
    }
  const stillHolds = async (tx: Tx, now: Temporal.Instant) => (await useLogin(tx, login, now)) === accountId
  const entered = await enterAccount(deps, { accountId, device, addProof, stillHolds })
  return entered ? { kind: 'entered', ...entered } : refused('login_not_proved')
}

/**
 * Ends what `beginLinking` began: the provider is a further way into the caller's account.
 * Refusals: those of {@link finishLogin}, login_already_linked (it leads into another account),
 * provider_already_linked (the account has another person of this provider), not_signed_in.
 */
export async function finishLinking(
  deps: SocialDeps,
  actor: Actor,
  returned: Returned,
): Promise<{ kind: 'linked' } | RefusedBy<typeof askProvider> | RefusedBy<typeof linkTo>> {
  const flow = deps.sealed.flows.open(returned.flow)
  // Begun by this very account: who is led here by somebody else gets no foreign way in.
  if (!flow || flow.linkTo !== actor.userId) return notProved(deps, actor.userId)
  const proved = await askProvider(deps, flow, returned.query)
  if (proved.kind === 'refused') return proved
  const { provider } = flow
  const { subject } = proved.person
  return linkTo(deps, actor.userId, { provider, subject })
}

/** Somebody came back from a provider who did not go there from here. */
function notProved({ log }: SocialDeps, account: string | null): Refused<'login_not_proved'> {
  log.warn({ security: 'login_not_proved', account }, 'a login at a provider was not begun here')
  return refused('login_not_proved')
}

async function askProvider(
  { providers, returnTo }: SocialDeps,
  flow: LoginFlow,
  query: string,
): Promise<
  | { kind: 'proved'; person: SocialPerson }
  | Refused<'login_provider_unknown' | 'login_cancelled' | 'login_not_proved' | 'login_provider_unavailable'>
> {
  const provider = providers.get(flow.provider)
  if (!provider) return refused('login_provider_unknown')
  const returned = new URL(returnTo(flow.provider))
  returned.search = query
  return provider.complete(returned, flow)
}

/**
 * Makes a provider's person a way into an account that has proved itself.
 * @param passwordHash with which it did; if it is another by now, nothing happens
 */
export async function linkTo(
  { db, clock, log }: SocialDeps,
  accountId: string,
  subject: { provider: LoginFlow['provider']; subject: string },
  passwordHash?: string | null,
): Promise<
  { kind: 'linked' } | Refused<'not_signed_in' | 'login_already_linked' | 'provider_already_linked'>
> {
  try {
    const linked = await transact(db, async (tx) => {
      const account = await identity(tx)
        .selectFrom('identity.account')
        .select('password_hash')
        .where('id', '=', accountId)
        .where('status', '=', 'active')
        .forUpdate()
        .executeTakeFirst()
      if (!account || (passwordHash !== undefined && account.password_hash !== passwordHash)) return false
      const now = clock.now()
      if ((await useLogin(tx, subject, now)) !== accountId) await addLogin(tx, accountId, subject, now)
      return true
    })
    if (!linked) return refused('not_signed_in')
  } catch (error) {
    const refusal = addLoginRefusal(error)
    if (!refusal) throw error
    return refusal
  }
  log.info({ security: 'login_linked', account: accountId, provider: subject.provider }, 'a login was linked')
  return { kind: 'linked' }
}
