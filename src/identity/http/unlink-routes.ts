import { timingSafeEqual } from 'node:crypto'
import Type from 'typebox'
import { type App, problems, Strict } from '../../platform/http/app.ts'
import { refused } from '../../platform/refusal.ts'
import type { SocialDeps } from '../social/deps.ts'
import { readNaverUnlink } from '../social/naver-unlink.ts'
import { unlinkedByProvider } from '../social/unlink-login.ts'

/** By what providers prove that it is they who tell; who has none is not heard. */
export interface UnlinkProofs {
  kakaoAdminKey: string | undefined
  naver: { clientId: string; clientSecret: string } | undefined
}

/** What counts of what Naver tells: the first three are what it signs. */
const TOLD = {
  clientId: Type.String({ maxLength: 100 }),
  encryptUniqueId: Type.String({ maxLength: 1_000 }),
  timestamp: Type.String({ maxLength: 20, description: 'Seconds since 1970' }),
  signature: Type.String({ maxLength: 100 }),
}

/**
 * Providers tell that somebody has cut the connection there. An answer is the same whether we know the person or not.
 * Google tells it only to those who take its security events (RISC), which is not done here.
 */
export function unlinkRoutes(app: App, deps: SocialDeps, { kakaoAdminKey, naver }: UnlinkProofs): void {
  if (kakaoAdminKey !== undefined) kakaoRoute(app, deps, kakaoAdminKey)
  // A room of its own: only here a body may be a form, which any page of a browser can send.
  if (naver !== undefined)
    app.register(async (scope: App) => {
      scope.addContentTypeParser<string>(
        'application/x-www-form-urlencoded',
        { parseAs: 'string' },
        // Naver may come to say more: what counts is signed, and the rest is passed by.
        (_request, text, done) =>
          done(
            null,
            Object.fromEntries([...new URLSearchParams(text)].filter(([name]) => Object.hasOwn(TOLD, name))),
          ),
      )
      naverRoute(scope, deps, naver)
    })
}

/** Kakao proves itself by a key that only the two of us have. It wants 200 within three seconds, for anybody. */
function kakaoRoute(app: App, deps: SocialDeps, adminKey: string): void {
  const wanted = Buffer.from(`KakaoAK ${adminKey}`)
  app.route({
    method: 'GET',
    url: '/api/auth/providers/kakao/unlinked',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'kakaoUnlinked',
      tags: ['accounts'],
      summary: 'Hear from Kakao that somebody has cut the connection',
      description:
        'Called by Kakao (choose GET in its console) with `Authorization: KakaoAK …`. A repeated call changes nothing.',
      querystring: Type.Object({
        app_id: Type.String({ maxLength: 50 }),
        user_id: Type.String({ minLength: 1, maxLength: 255 }),
        referrer_type: Type.Optional(Type.String({ maxLength: 100 })),
      }),
      response: { 200: Type.Object({}, { description: 'Heard' }), ...problems(401) },
    },
    handler: async (request, reply) => {
      const given = Buffer.from(request.headers.authorization ?? '')
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
        return reply.refuse(refused('not_signed_in'))
      await unlinkedByProvider(deps, { provider: 'kakao', subject: request.query.user_id })
      return {}
    },
  })
}

/** Naver signs what it tells, with the secret of our logins there. */
function naverRoute(app: App, deps: SocialDeps, client: { clientId: string; clientSecret: string }): void {
  app.route({
    method: 'POST',
    url: '/api/auth/providers/naver/unlinked',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'naverUnlinked',
      tags: ['accounts'],
      summary: 'Hear from Naver that somebody has cut the connection',
      description:
        'Called by Naver, with a form that is signed by the client secret; further fields are passed by. A repeated call changes nothing, nor does one from before the connection was made.',
      consumes: ['application/x-www-form-urlencoded'],
      body: Strict(TOLD),
      response: { 204: Type.Null({ description: 'Heard' }), ...problems(401) },
    },
    handler: async (request, reply) => {
      const told = readNaverUnlink(request.body, client, deps.clock.now())
      if (!told) return reply.refuse(refused('not_signed_in'))
      await unlinkedByProvider(deps, { provider: 'naver', ...told })
      return reply.code(204).send(null)
    },
  })
}
