import type { JSONWebKeySet } from 'jose'
import Type from 'typebox'
import { ROLES } from '../../platform/http/actor.ts'
import { type App, actorOf, problems, refusalsOf, Strict } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { AddressSchema } from '../../platform/http/schemas.ts'
import { refused } from '../../platform/refusal.ts'
import { changeProfile } from '../accounts/change-profile.ts'
import { signUp } from '../accounts/sign-up.ts'
import { withdrawAccount } from '../accounts/withdraw-account.ts'
import type { Context } from '../context.ts'
import { identityProblems } from '../problems.ts'
import { deviceLabel } from '../rules/session.ts'
import { login } from '../sessions/login.ts'
import { logout } from '../sessions/logout.ts'
import { refreshSession } from '../sessions/refresh-session.ts'
import { type Profile, readProfile } from '../store/profile.ts'
import { addressRoutes } from './address-routes.ts'
import { changeLimit } from './change-limit.ts'
import { emailRoutes } from './email-routes.ts'
import { entryRoutes } from './entry-routes.ts'
import { legalRoutes } from './legal-routes.ts'
import type { Limits } from './rate-limits.ts'
import { AgreedToBody, EMAIL, own, Typed } from './typed.ts'

const {
  already_taken,
  fresh_login_needed,
  last_administrator,
  legal_text_changed,
  login_already_linked,
  provider_already_linked,
  session_ended,
  wrong_credentials,
  wrong_password,
} = identityProblems
const { invalid_request, not_signed_in, temporarily_unavailable } = platformProblems

const PASSWORD = '8–25 characters with a letter, a digit and one of !@#$%^+=-'

const ProfileReply = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.String(),
    displayName: Type.String(),
    realName: Type.String(),
    phone: Type.String({ description: 'Digits only' }),
    address: AddressSchema,
    roles: Type.Array(Type.Enum(ROLES)),
    emailVerified: Type.Boolean({ description: 'Mails go to verified addresses only' }),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { description: 'An account, as its owner sees it' },
)

export const TokensReply = Type.Object({
  accessToken: Type.String({ description: 'Send it as "Authorization: Bearer …"' }),
  expiresIn: Type.Integer({ description: 'Life of the access token in seconds' }),
  refreshToken: Type.String({ description: 'Good for one refresh; a second use ends the session' }),
  refreshExpiresIn: Type.Integer({ description: 'Life of the refresh token in seconds' }),
})

const Nothing = Type.Null({ description: 'Done' })

function shown(profile: Profile) {
  return {
    ...profile,
    roles: [...profile.roles],
    createdAt: profile.createdAt.toString(),
    updatedAt: profile.updatedAt.toString(),
  }
}

/** Sign-up, login and one's own account over HTTP. */
export function identityRoutes(context: Context, limit: Limits, jwks: JSONWebKeySet) {
  return (app: App): void => {
    // Nothing of this belongs into any cache, except the public keys below.
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
    accountRoutes(app, context, limit)
    sessionRoutes(app, context, limit)
    entryRoutes(app, context, limit)
    emailRoutes(app, context)
    addressRoutes(app, context)
    legalRoutes(app, context)
    app.route({
      method: 'GET',
      url: '/.well-known/jwks.json',
      config: { audience: 'anyone' },
      schema: {
        operationId: 'readPublicKeys',
        tags: ['accounts'],
        summary: 'Public keys that check access tokens',
        response: { 200: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.String())) }) },
      },
      handler: async (_request, reply) => {
        reply.header('cache-control', 'public, max-age=300')
        return { keys: jwks.keys.map(textMembers) }
      },
    })
  }
}

/** Members of a public JWK; those of an Ed25519 key are all texts. */
function textMembers(jwk: object): Record<string, string> {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => typeof value === 'string'))
}

function accountRoutes(app: App, context: Context, limit: Limits): void {
  app.route({
    method: 'POST',
    url: '/api/users',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'signUp',
      tags: ['accounts'],
      summary: 'Sign up',
      description:
        'Needs no Idempotency-Key: a repeated sign-up finds the e-mail taken, and a password is no part of a kept answer.',
      body: Strict({
        email: EMAIL,
        password: Typed(PASSWORD),
        ...own,
        agreedTo: AgreedToBody,
      }),
      response: {
        201: ProfileReply,
        ...refusalsOf<typeof signUp>(
          {
            login_already_linked,
            provider_already_linked,
            legal_text_changed,
            invalid_request,
            temporarily_unavailable,
            already_taken,
          },
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const refusal = await limit.signUp(request, request.body.email)
      if (refusal) return reply.refuse(refusal)
      const result = await signUp(context, request.body)
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).header('location', '/api/users/me').send(shown(result.profile))
    },
  })
  app.route({
    method: 'GET',
    url: '/api/users/me',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'readProfile',
      tags: ['accounts'],
      summary: 'Read your own account',
      response: { 200: ProfileReply, ...problems(401) },
    },
    handler: async (request, reply) => {
      const profile = await readProfile(context.db, actorOf(request).userId)
      return profile ? shown(profile) : reply.refuse(refused('not_signed_in'))
    },
  })
  app.route({
    method: 'PATCH',
    url: '/api/users/me',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'changeProfile',
      tags: ['accounts'],
      summary: 'Change your own account',
      description: 'What is left out stays. A new password ends your sessions on other devices.',
      body: Strict({
        displayName: Type.Optional(own.displayName),
        realName: Type.Optional(own.realName),
        phone: Type.Optional(own.phone),
        address: Type.Optional(own.address),
        newPassword: Type.Optional(Typed(PASSWORD)),
        currentPassword: Type.Optional(Typed('Needed with a new password')),
      }),
      response: {
        200: ProfileReply,
        ...refusalsOf<typeof changeProfile>(
          { invalid_request, temporarily_unavailable, wrong_password, not_signed_in, already_taken },
          401,
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const actor = actorOf(request)
      const refusal = await changeLimit(context, limit, request, actor.userId, request.body)
      if (refusal) return reply.refuse(refusal)
      const result = await changeProfile(context, actor, request.body)
      return result.kind === 'refused' ? reply.refuse(result) : shown(result.profile)
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/users/me',
    config: { audience: 'signed-in' },
    // Who has no password has nothing to say.
    preValidation: async (request) => {
      request.body ??= {}
    },
    schema: {
      operationId: 'withdraw',
      tags: ['accounts'],
      summary: 'Withdraw your account',
      description:
        'Deletes your personal data and ends all your sessions. E-mail and phone are free again. Your password is needed; an account without one (it only knows logins at providers) is closed by a session that was opened within the last ten minutes.',
      body: Strict({ password: Type.Optional(Typed('Your password')) }),
      response: {
        204: Nothing,
        ...refusalsOf<typeof withdrawAccount>(
          {
            invalid_request,
            wrong_password,
            fresh_login_needed,
            last_administrator,
            not_signed_in,
            temporarily_unavailable,
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
      const result = await withdrawAccount(context, actor, request.body.password)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}

function sessionRoutes(app: App, context: Context, limit: Limits): void {
  app.route({
    method: 'POST',
    url: '/api/auth/login',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'login',
      tags: ['accounts'],
      summary: 'Log in with e-mail and password',
      body: Strict({ email: Typed('Your e-mail address'), password: Typed('Your password') }),
      response: {
        200: TokensReply,
        ...refusalsOf<typeof login>({ temporarily_unavailable, wrong_credentials }, 429),
      },
    },
    handler: async (request, reply) => {
      const { email, password } = request.body
      const refusal = await limit.login(request, email)
      if (refusal) return reply.refuse(refusal)
      const device = deviceLabel(request.headers['user-agent'])
      const result = await login(context, { email, password, device })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.header('set-cookie', limit.keepDevice(email)).send(result.tokens)
    },
  })
  app.route({
    method: 'POST',
    url: '/api/auth/refresh',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'refresh',
      tags: ['accounts'],
      summary: 'Exchange a refresh token for new tokens',
      description:
        'A refresh token is good for one exchange. Using it again ends the session on that device.',
      body: Strict({ refreshToken: Typed('From login or the last refresh') }),
      response: { 200: TokensReply, ...refusalsOf<typeof refreshSession>({ session_ended }) },
    },
    handler: async (request, reply) => {
      const result = await refreshSession(context, request.body.refreshToken)
      return result.kind === 'refused' ? reply.refuse(result) : result.tokens
    },
  })
  app.route({
    method: 'POST',
    url: '/api/auth/logout',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'logout',
      tags: ['accounts'],
      summary: 'Log out on this device',
      response: { 204: Nothing, ...problems(401) },
    },
    handler: async (request, reply) => {
      await logout(context, actorOf(request))
      return reply.code(204).send(null)
    },
  })
}
