import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { ProviderName } from '../rules/social-person.ts'
import type { SocialDeps } from './deps.ts'
import { provePassword } from './prove-password.ts'

/** Where to go, and what to bring back afterwards together with the address one has come back to. */
export interface Begun {
  kind: 'begun'
  url: string
  flow: string
}

/** Begins a login at a provider. Refusals: login_provider_unknown (not offered), login_provider_unavailable. */
export function beginLogin(
  deps: SocialDeps,
  provider: ProviderName,
): Promise<
  | Begun
  | Refused<'login_provider_unknown' | 'login_cancelled' | 'login_not_proved' | 'login_provider_unavailable'>
> {
  return begin(deps, provider, null)
}

/**
 * Begins making a provider a further way into the caller's account. The account proves itself by its password: a
 * session alone, which may be stolen, gives nobody a way in that outlives it.
 * Refusals: those of {@link beginLogin}, wrong_password, password_needed (the account has none), not_signed_in.
 */
export async function beginLinking(
  deps: SocialDeps,
  actor: Actor,
  { provider, password }: { provider: ProviderName; password: string },
): Promise<Begun | RefusedBy<typeof provePassword> | RefusedBy<typeof begin>> {
  const proved = await provePassword(deps, actor.userId, password)
  return proved.kind === 'refused' ? proved : begin(deps, provider, actor.userId)
}

async function begin(
  { providers, sealed, returnTo }: SocialDeps,
  provider: ProviderName,
  linkTo: string | null,
): Promise<
  | Begun
  | Refused<'login_provider_unknown' | 'login_cancelled' | 'login_not_proved' | 'login_provider_unavailable'>
> {
  const offered = providers.get(provider)
  if (!offered) return refused('login_provider_unknown')
  const begun = await offered.begin(returnTo(provider))
  if (begun.kind === 'refused') return begun
  const flow = sealed.flows.seal({ provider, ...begun.checks, linkTo })
  return { kind: 'begun', url: begun.url, flow }
}
