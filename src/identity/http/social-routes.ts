import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { identityProblems } from '../problems.ts'
import { deviceLabel } from '../rules/session.ts'
import { PROVIDERS } from '../rules/social-person.ts'
import { addRefreshToken, tokensFor } from '../sessions/open-session.ts'
import { beginLinking, beginLogin } from '../social/begin-login.ts'
import type { SocialDeps } from '../social/deps.ts'
import { finishLinking, finishLogin } from '../social/finish-login.ts'
import { unlinkLogin, type WaysIn, waysIn } from '../social/unlink-login.ts'
import { linkWithTicket, signUpWithTicket } from '../social/use-ticket.ts'
import type { Limits } from './rate-limits.ts'
import { TokensReply } from './routes.ts'
import { AgreedToBody, EMAIL, own, Typed } from './typed.ts'
import { type UnlinkProofs, unlinkRoutes } from './unlink-routes.ts'

const {
  already_taken,
  last_way_in,
  legal_text_changed,
  login_already_linked,
  login_cancelled,
  login_not_proved,
  login_provider_unavailable,
  login_provider_unknown,
  password_needed,
  provider_already_linked,
  ticket_invalid,
  wrong_credentials,
  wrong_password,
} = identityProblems
const { invalid_request, not_found, not_signed_in, temporarily_unavailable } = platformProblems

const ByProvider = Strict({ provider: Type.Enum(PROVIDERS) })
const Flow = Type.String({ maxLength: 2_000, description: 'From the beginning of this login' })
const Ticket = Type.String({ maxLength: 1_840, description: 'From the end of the login at the provider' })

const BegunReply = Type.Object({
  url: Type.String({ description: 'Where the browser goes to log in' }),
  flow: Type.String({ description: 'Keep it where only this client finds it, and bring it back' }),
})
const ReturnedBody = Strict({
  flow: Flow,
  query: Type.String({
    maxLength: 3_000,
    description: 'What stood behind the "?" of the address the provider sent the browser back to',
    examples: ['code=abc&state=def'],
  }),
})
const NewcomerReply = Type.Object({
  kind: Type.Literal('newcomer'),
  ticket: Type.String({
    description: 'For signing up, or for connecting an account one has; good for 20 minutes',
  }),
  known: Type.Object(
    {
      email: Type.Union([Type.String(), Type.Null()]),
      name: Type.Union([Type.String(), Type.Null()]),
      phone: Type.Union([Type.String(), Type.Null()]),
    },
    { description: 'What the provider told, to fill in the form' },
  ),
})
const SignedInReply = Type.Object({ kind: Type.Literal('signed_in'), tokens: TokensReply })
const WaysInReply = Type.Object({
  hasPassword: Type.Boolean(),
  logins: Type.Array(
    Type.Object({
      provider: Type.Enum(PROVIDERS),
      linkedAt: Type.String({ format: 'date-time' }),
      lastUsedAt: Type.String({ format: 'date-time' }),
    }),
  ),
})
const Nothing = Type.Null({ description: 'Done' })

function shownWays({ hasPassword, logins }: WaysIn) {
  return {
    hasPassword,
    logins: logins.map(({ provider, linkedAt, lastUsedAt }) => ({
      provider,
      linkedAt: linkedAt.toString(),
      lastUsedAt: lastUsedAt.toString(),
    })),
  }
}

/** Logging in with Google, Kakao and Naver over HTTP. */
export function socialRoutes(deps: SocialDeps, limit: Limits, proofs: UnlinkProofs) {
  return (app: App): void => {
    loginRoutes(app, deps, limit)
    ticketRoutes(app, deps, limit)
    linkRoutes(app, deps, limit)
    unlinkRoutes(app, deps, proofs)
  }
}

function loginRoutes(app: App, deps: SocialDeps, limit: Limits): void {
  app.route({
    method: 'GET',
    url: '/api/auth/providers',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'listLoginProviders',
      tags: ['accounts'],
      summary: 'List the providers one can log in with',
      response: { 200: Type.Object({ providers: Type.Array(Type.Enum(PROVIDERS)) }) },
    },
    handler: async () => ({ providers: [...deps.providers.keys()] }),
  })
  app.route({
    method: 'POST',
    url: '/api/auth/providers/:provider/begin',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'beginProviderLogin',
      tags: ['accounts'],
      summary: 'Begin a login at a provider',
      description: 'The provider sends the browser back to `/login/{provider}/return` of the shop.',
      params: ByProvider,
      response: {
        200: BegunReply,
        ...refusalsOf<typeof beginLogin>(
          { login_provider_unknown, login_cancelled, login_not_proved, login_provider_unavailable },
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const refusal = await limit.social(request, '')
      if (refusal) return reply.refuse(refusal)
      const begun = await beginLogin(deps, request.params.provider)
      return begun.kind === 'refused' ? reply.refuse(begun) : { url: begun.url, flow: begun.flow }
    },
  })
  app.route({
    method: 'POST',
    url: '/api/auth/providers/finish',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'finishProviderLogin',
      tags: ['accounts'],
      summary: 'End a login at a provider',
      description:
        'Whoever has an account by this login is signed in. Others get a ticket: nobody comes into an account because of the e-mail address a provider tells.',
      body: ReturnedBody,
      response: {
        200: Type.Union([SignedInReply, NewcomerReply]),
        ...refusalsOf<typeof finishLogin>(
          { login_provider_unknown, login_cancelled, login_not_proved, login_provider_unavailable },
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const refusal = await limit.social(request, '')
      if (refusal) return reply.refuse(refusal)
      const device = deviceLabel(request.headers['user-agent'])
      const result = await finishLogin(deps, request.body, device, addRefreshToken)
      if (result.kind === 'refused') return reply.refuse(result)
      if (result.kind === 'entered')
        return { kind: 'signed_in' as const, tokens: await tokensFor(deps, result.actor, result.proof) }
      const { email, name, phone } = result.person
      return { kind: 'newcomer' as const, ticket: result.ticket, known: { email, name, phone } }
    },
  })
}

function ticketRoutes(app: App, deps: SocialDeps, limit: Limits): void {
  app.route({
    method: 'POST',
    url: '/api/auth/providers/sign-up',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'signUpWithProvider',
      tags: ['accounts'],
      summary: 'Sign up after a first login at a provider',
      description: 'The account has no password; one can be set later by a letter.',
      body: Strict({ ticket: Ticket, email: EMAIL, ...own, agreedTo: AgreedToBody }),
      response: {
        201: TokensReply,
        ...refusalsOf<typeof signUpWithTicket>(
          {
            login_already_linked,
            provider_already_linked,
            invalid_request,
            legal_text_changed,
            temporarily_unavailable,
            already_taken,
            not_signed_in,
            ticket_invalid,
          },
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const { ticket, ...typed } = request.body
      const refusal = await limit.signUp(request, typed.email)
      if (refusal) return reply.refuse(refusal)
      const device = deviceLabel(request.headers['user-agent'])
      const result = await signUpWithTicket(deps, { ticket, typed, device }, addRefreshToken)
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).send(await tokensFor(deps, result.actor, result.proof))
    },
  })
  app.route({
    method: 'POST',
    url: '/api/auth/providers/connect',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'connectProvider',
      tags: ['accounts'],
      summary: 'Connect a first login at a provider with an account one has',
      description: 'The account proves itself by its password; afterwards both ways lead into it.',
      body: Strict({
        ticket: Ticket,
        email: Typed('Of the account'),
        password: Typed('Of the account'),
      }),
      response: {
        200: TokensReply,
        ...refusalsOf<typeof linkWithTicket>(
          {
            not_signed_in,
            login_already_linked,
            provider_already_linked,
            temporarily_unavailable,
            wrong_credentials,
            ticket_invalid,
          },
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const { ticket, email, password } = request.body
      const refusal = await limit.login(request, email)
      if (refusal) return reply.refuse(refusal)
      const device = deviceLabel(request.headers['user-agent'])
      const result = await linkWithTicket(deps, { ticket, email, password, device }, addRefreshToken)
      if (result.kind === 'refused') return reply.refuse(result)
      const tokens = await tokensFor(deps, result.actor, result.proof)
      return reply.header('set-cookie', limit.keepDevice(email)).send(tokens)
    },
  })
}

function linkRoutes(app: App, deps: SocialDeps, limit: Limits): void {
  app.route({
    method: 'GET',
    url: '/api/users/me/logins',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listWaysIn',
      tags: ['accounts'],
      summary: 'List the ways into your own account',
      response: { 200: WaysInReply, ...refusalsOf<typeof waysIn>({ not_signed_in }, 401) },
    },
    handler: async (request, reply) => {
      const ways = await waysIn(deps.db, actorOf(request))
      return ways.kind === 'refused' ? reply.refuse(ways) : shownWays(ways)
    },
  })
  app.route({
    method: 'POST',
    url: '/api/users/me/logins/:provider/begin',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'beginLinking',
      tags: ['accounts'],
      summary: 'Begin making a provider a further way into your own account',
      params: ByProvider,
      body: Strict({ password: Typed('Your password') }),
      response: {
        200: BegunReply,
        ...refusalsOf<typeof beginLinking>(
          {
            login_provider_unknown,
            login_cancelled,
            login_not_proved,
            login_provider_unavailable,
            not_signed_in,
            temporarily_unavailable,
            wrong_password,
            password_needed,
          },
          401,
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const actor = actorOf(request)
      const refusal = await limit.passwordChange(request, actor.userId)
      if (refusal) return reply.refuse(refusal)
      const { provider } = request.params
      const begun = await beginLinking(deps, actor, { provider, password: request.body.password })
      return begun.kind === 'refused' ? reply.refuse(begun) : { url: begun.url, flow: begun.flow }
    },
  })
  app.route({
    method: 'POST',
    url: '/api/users/me/logins',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'finishLinking',
      tags: ['accounts'],
      summary: 'Make a provider a further way into your own account',
      body: ReturnedBody,
      response: {
        200: WaysInReply,
        ...refusalsOf<typeof finishLinking | typeof waysIn>(
          {
            login_provider_unknown,
            login_cancelled,
            login_not_proved,
            login_provider_unavailable,
            login_already_linked,
            provider_already_linked,
            not_signed_in,
          },
          401,
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const actor = actorOf(request)
      const refusal = await limit.social(request, '')
      if (refusal) return reply.refuse(refusal)
      const linked = await finishLinking(deps, actor, request.body)
      if (linked.kind === 'refused') return reply.refuse(linked)
      const ways = await waysIn(deps.db, actor)
      return ways.kind === 'refused' ? reply.refuse(ways) : shownWays(ways)
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/users/me/logins/:provider',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'unlinkLogin',
      tags: ['accounts'],
      summary: 'Take a provider away as a way into your own account',
      description: 'The last way in stays.',
      params: ByProvider,
      response: { 204: Nothing, ...refusalsOf<typeof unlinkLogin>({ not_found, last_way_in }, 401) },
    },
    handler: async (request, reply) => {
      const result = await unlinkLogin(deps, actorOf(request), request.params.provider)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}
