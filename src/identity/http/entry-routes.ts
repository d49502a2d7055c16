import Type from 'typebox'
import { ROLES } from '../../platform/http/actor.ts'
import { type App, actorOf, problems, refusalsOf, Strict } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { changeRoles, findHolder, GIVEN_ROLES, listStaff } from '../accounts/change-roles.ts'
import { type Device, devicesOf, endDevice, endOtherDevices } from '../accounts/devices.ts'
import { knowBrowser, resetPassword, sendLinkTo } from '../accounts/reset-password.ts'
import type { Context } from '../context.ts'
import { identityProblems } from '../problems.ts'
import type { Limits } from './rate-limits.ts'

const { last_administrator, link_invalid } = identityProblems
const { invalid_request, not_found, temporarily_unavailable } = platformProblems

const Nothing = Type.Null({ description: 'Done' })
const ById = Strict({ id: Type.String({ format: 'uuid' }) })
const EmailBody = Strict({ email: Type.String({ maxLength: 500, examples: ['hana@example.com'] }) })
const Token = Type.String({ maxLength: 100, description: '`token` of the link' })
const SAME_ANSWER = 'The answer is the same whether there is such an account or not.'

const DeviceReply = Type.Object({
  id: Type.String({ format: 'uuid' }),
  label: Type.Union([Type.String(), Type.Null()]),
  signedInAt: Type.String({ format: 'date-time' }),
  lastUsedAt: Type.String({ format: 'date-time' }),
  isThis: Type.Boolean(),
})
const RolesReply = Type.Array(Type.Enum(ROLES))

function shown({ signedInAt, lastUsedAt, ...device }: Device) {
  return { ...device, signedInAt: signedInAt.toString(), lastUsedAt: lastUsedAt.toString() }
}

/** Getting in again, where one is in, and who may what. */
export function entryRoutes(app: App, context: Context, limit: Limits): void {
  passwordRoutes(app, context, limit)
  deviceRoutes(app, context)
  roleRoutes(app, context)
}

function passwordRoutes(app: App, context: Context, limit: Limits): void {
  const links = [
    [
      '/api/auth/password/forgotten',
      'forgetPassword',
      'Have a link for a new password sent',
      'reset_password',
    ],
    [
      '/api/auth/browser-links',
      'askForBrowserLink',
      'Have a link sent by which this browser is known',
      'know_browser',
    ],
  ] as const
  for (const [url, operationId, summary, purpose] of links) {
    app.route({
      method: 'POST',
      url,
      config: { audience: 'anyone' },
      schema: {
        operationId,
        tags: ['accounts'],
        summary,
        description: SAME_ANSWER,
        body: EmailBody,
        response: { 204: Nothing, ...problems(429) },
      },
      handler: async (request, reply) => {
        const { email } = request.body
        const refusal = await limit.letter(request, email)
        if (refusal) return reply.refuse(refusal)
        await sendLinkTo(context, email, purpose)
        return reply.code(204).send(null)
      },
    })
  }
  app.route({
    method: 'POST',
    url: '/api/auth/password/reset',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'resetPassword',
      tags: ['accounts'],
      summary: 'Set a new password by the link that was sent',
      description: 'All sessions of the account end.',
      body: Strict({ token: Token, newPassword: Type.String({ maxLength: 500 }) }),
      response: {
        204: Nothing,
        ...refusalsOf<typeof resetPassword>({ link_invalid, invalid_request, temporarily_unavailable }, 429),
      },
    },
    handler: async (request, reply) => {
      const refusal = await limit.social(request, '')
      if (refusal) return reply.refuse(refusal)
      const result = await resetPassword(context, request.body)
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(204).header('set-cookie', limit.keepDevice(result.email)).send(null)
    },
  })
  app.route({
    method: 'POST',
    url: '/api/auth/known-browsers',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'knowBrowser',
      tags: ['accounts'],
      summary: 'Make this browser known by the link that was sent',
      description:
        'Its cookie opens nothing; but logins from it are counted apart from those of strangers who guess.',
      body: Strict({ token: Token }),
      response: { 204: Nothing, ...refusalsOf<typeof knowBrowser>({ link_invalid }, 429) },
    },
    handler: async (request, reply) => {
      const refusal = await limit.social(request, '')
      if (refusal) return reply.refuse(refusal)
      const result = await knowBrowser(context, request.body.token)
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(204).header('set-cookie', limit.keepDevice(result.email)).send(null)
    },
  })
}

function deviceRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/users/me/devices',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listDevices',
      tags: ['accounts'],
      summary: 'List the devices on which you are signed in',
      response: { 200: Type.Object({ devices: Type.Array(DeviceReply) }), ...problems(401) },
    },
    handler: async (request) => {
      const devices = await devicesOf(context.db, actorOf(request), context.clock.now())
      return { devices: devices.map(shown) }
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/users/me/devices/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'endDevice',
      tags: ['accounts'],
      summary: 'Sign out on one of your devices',
      params: ById,
      response: { 204: Nothing, ...refusalsOf<typeof endDevice>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const result = await endDevice(context, actorOf(request), request.params.id)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/users/me/devices',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'endOtherDevices',
      tags: ['accounts'],
      summary: 'Sign out on all your other devices',
      response: { 204: Nothing, ...problems(401) },
    },
    handler: async (request, reply) => {
      await endOtherDevices(context, actorOf(request))
      return reply.code(204).send(null)
    },
  })
}

const HolderReply = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  emailVerified: Type.Boolean({ description: 'Whether they have proved that they read its mails' }),
  displayName: Type.String(),
  roles: RolesReply,
})

function roleRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/admin/accounts',
    config: { audience: ['merchant', 'admin'], personal: true },
    schema: {
      operationId: 'findAccount',
      tags: ['operators'],
      summary: 'Find an account by its e-mail address, to look for what is its own or to give it roles',
      querystring: Strict({ email: Type.String({ minLength: 3, maxLength: 254 }) }),
      response: { 200: HolderReply, ...refusalsOf<typeof findHolder>({ not_found }, 401, 403) },
    },
    handler: async (request, reply) => {
      const found = await findHolder(context.db, request.query.email)
      return found.kind === 'refused'
        ? reply.refuse(found)
        : { ...found.holder, roles: [...found.holder.roles] }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/admin/accounts/staff',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'listStaff',
      tags: ['operators'],
      summary: 'Accounts with a role besides that of a customer, by name',
      response: { 200: Type.Object({ data: Type.Array(HolderReply) }), ...problems(401, 403) },
    },
    handler: async () => {
      const staff = await listStaff(context.db)
      return { data: staff.map((holder) => ({ ...holder, roles: [...holder.roles] })) }
    },
  })
  app.route({
    method: 'POST',
    url: '/api/admin/accounts/:id/roles',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'changeRoles',
      tags: ['operators'],
      summary: 'Give and take roles of an account',
      description:
        'Besides the role of a customer it has just these afterwards. Its sessions end. The last administrator stays one.',
      params: ById,
      body: Strict({
        roles: Type.Array(Type.Enum(GIVEN_ROLES), { maxItems: GIVEN_ROLES.length, uniqueItems: true }),
        reason: Type.String({ minLength: 2, maxLength: 300, pattern: '\\S' }),
      }),
      response: {
        200: Type.Object({ roles: RolesReply }),
        ...refusalsOf<typeof changeRoles>({ not_found, last_administrator }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { roles, reason } = request.body
      const input = { accountId: request.params.id, roles, reason }
      const result = await changeRoles(context, actorOf(request), input)
      return result.kind === 'refused' ? reply.refuse(result) : { roles: [...result.roles] }
    },
  })
}
