import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { askForVerification, verifyEmail } from '../accounts/verify-email.ts'
import type { Context } from '../context.ts'
import { identityProblems } from '../problems.ts'

const { not_found, not_signed_in, too_many_requests } = platformProblems
const { already_verified, link_invalid } = identityProblems

/** Proving that one reads the mail of one's address. */
export function emailRoutes(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/users/me/email-verification',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'askForEmailVerification',
      tags: ['accounts'],
      summary: 'Have one more link sent to your e-mail address',
      description: 'The link proves that the address is yours; earlier links are no good any more.',
      response: {
        202: Type.Object({ expiresAt: Type.String({ format: 'date-time' }) }),
        ...refusalsOf<typeof askForVerification>(
          {
            not_found,
            not_signed_in,
            already_verified,
            too_many_requests,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await askForVerification(context, actorOf(request).userId)
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(202).send({ expiresAt: result.expiresAt.toString() })
    },
  })
  app.route({
    method: 'POST',
    url: '/api/email-verifications',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'verifyEmail',
      tags: ['accounts'],
      summary: 'Prove an e-mail address by the link that was sent there',
      body: Strict({ token: Type.String({ maxLength: 100, description: '`token` of the link' }) }),
      response: {
        204: Type.Null({ description: 'Done' }),
        ...refusalsOf<typeof verifyEmail>({ link_invalid }),
      },
    },
    handler: async (request, reply) => {
      const result = await verifyEmail(context, request.body.token)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}
