import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../platform/http/actor.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { AgreedTo } from '../accounts/legal-for-pages.ts'
import type { PersonalData } from '../rules/account.ts'
import { deviceLabel } from '../rules/session.ts'
import type { ProviderName } from '../rules/social-person.ts'
import { addBrowserSecret } from '../sessions/browser-session.ts'
import type { Entered } from '../sessions/enter-account.ts'
import { type Begun, beginLinking, beginLogin } from '../social/begin-login.ts'
import type { SocialDeps } from '../social/deps.ts'
import { finishLinking, finishLogin, type Newcomer, type Returned } from '../social/finish-login.ts'
import { FLOW_MINUTES, type SignUpTicket, TICKET_MINUTES } from '../social/sealed.ts'
import { unlinkLogin, type WaysIn, waysIn } from '../social/unlink-login.ts'
import { linkWithTicket, readTicket, signUpWithTicket } from '../social/use-ticket.ts'
import { readProfile } from '../store/profile.ts'
import type { Limits } from './rate-limits.ts'

/** A browser that has proved itself: the secret for its cookie, and a Set-Cookie header by which it is known again. */
export interface SignedIn {
  kind: 'signed_in'
  secret: string
  knownDevice: string
}

/** What people do with logins at providers in a browser: the use cases of the API, under the same limits. */
export interface SocialLogins {
  /** Those that are offered. */
  providers: readonly ProviderName[]
  /** Origins of theirs that are not reached by https: simulated ones. */
  insecureOrigins: readonly string[]
  /** How long a browser keeps what it is given, in seconds. */
  keptSeconds: { flow: number; ticket: number }
  /** Refusals: those of `beginLogin`, too_many_requests. */
  begin(request: FastifyRequest, provider: ProviderName): Promise<Begun | Refused>
  /** Refusals: those of `finishLogin`, too_many_requests. */
  finish(request: FastifyRequest, returned: Returned): Promise<SignedIn | Newcomer | Refused>
  /** What a ticket tells; undefined when it is no good any more. */
  ticket(ticket: string): SignUpTicket | undefined
  /** Refusals: those of `signUpWithTicket`, too_many_requests. */
  signUp(
    request: FastifyRequest,
    input: { ticket: string; typed: PersonalData & { agreedTo?: AgreedTo } },
  ): Promise<SignedIn | Refused>
  /** Refusals: those of `linkWithTicket`, too_many_requests. */
  connect(
    request: FastifyRequest,
    input: { ticket: string; email: string; password: string },
  ): Promise<SignedIn | Refused>
  /** Refusals: not_signed_in. */
  ways(actor: Actor): Promise<({ kind: 'found' } & WaysIn) | Refused>
  /** Refusals: those of `beginLinking`, too_many_requests. */
  beginLinking(
    request: FastifyRequest,
    actor: Actor,
    input: { provider: ProviderName; password: string },
  ): Promise<Begun | Refused>
  /** Refusals: those of `finishLinking`, too_many_requests. */
  finishLinking(
    request: FastifyRequest,
    actor: Actor,
    returned: Returned,
  ): Promise<{ kind: 'linked' } | Refused>
  /** Whether a login on its way was begun to link an account that exists. */
  isLinking(flow: string): boolean
  /** Refusals: those of `unlinkLogin`. */
  unlink(actor: Actor, provider: ProviderName): Promise<{ kind: 'unlinked' } | Refused>
}

/** @param limits those of the API: one count for both ways in */
export function createSocialLogins(deps: SocialDeps, limits: Limits): SocialLogins {
  const signedIn = async ({ actor, proof }: Entered, email?: string): Promise<SignedIn> => {
    const known = email ?? (await readProfile(deps.db, actor.userId))?.email ?? ''
    return { kind: 'signed_in', secret: proof, knownDevice: limits.keepDevice(known) }
  }
  const deviceOf = (request: FastifyRequest) => deviceLabel(request.headers['user-agent'])
  return {
    providers: [...deps.providers.keys()],
    insecureOrigins: [...deps.providers.values()].flatMap(({ origin }) =>
      origin.startsWith('http:') ? [origin] : [],
    ),
    keptSeconds: { flow: FLOW_MINUTES * 60, ticket: TICKET_MINUTES * 60 },
    begin: async (request, provider) => (await limits.social(request, '')) ?? beginLogin(deps, provider),
    finish: async (request, returned) => {
      const refusal = await limits.social(request, '')
      if (refusal) return refusal
      const result = await finishLogin(deps, returned, deviceOf(request), addBrowserSecret)
      return result.kind === 'entered' ? signedIn(result) : result
    },
    ticket: (ticket) => readTicket(deps, ticket),
    signUp: async (request, { ticket, typed }) => {
      const refusal = await limits.signUp(request, typed.email)
      if (refusal) return refusal
      const input = { ticket, typed, device: deviceOf(request) }
      const result = await signUpWithTicket(deps, input, addBrowserSecret)
      return result.kind === 'refused' ? result : signedIn(result, typed.email)
    },
    connect: async (request, input) => {
      const refusal = await limits.login(request, input.email)
      if (refusal) return refusal
      const result = await linkWithTicket(deps, { ...input, device: deviceOf(request) }, addBrowserSecret)
      return result.kind === 'refused' ? result : signedIn(result, input.email)
    },
    ways: (actor) => waysIn(deps.db, actor),
    beginLinking: async (request, actor, input) =>
      (await limits.passwordChange(request, actor.userId)) ?? beginLinking(deps, actor, input),
    finishLinking: async (request, actor, returned) =>
      (await limits.social(request, '')) ?? finishLinking(deps, actor, returned),
    isLinking: (flow) => typeof deps.sealed.flows.open(flow)?.linkTo === 'string',
    unlink: (actor, provider) => unlinkLogin(deps, actor, provider),
  }
}
