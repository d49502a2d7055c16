import Type from 'typebox'
import { type App, actorOf, problems } from '../../platform/http/app.ts'
import { Day, Instant, orNull } from '../../platform/http/schemas.ts'
import { refused } from '../../platform/refusal.ts'
import type { Context } from '../context.ts'
import { inForce, LEGAL_KINDS, type LegalText } from '../rules/legal-text.ts'
import { agreementsOf, findLegalText, legalTexts } from '../store/legal-texts.ts'

const Kind = Type.Enum([...LEGAL_KINDS])
const Listed = Type.Object({
  kind: Kind,
  version: Type.String(),
  effectiveOn: Day('From when it counts; a day to come: it is announced'),
  inForce: Type.Boolean(),
})

/** Terms of use, privacy policy and refund terms, by version, and to which of them one agreed. */
export function legalRoutes(app: App, { db, clock }: Context): void {
  app.route({
    method: 'GET',
    url: '/api/legal-texts',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'listLegalTexts',
      tags: ['accounts'],
      summary: 'Every version of the legal texts: in force, announced and earlier ones',
      response: { 200: Type.Object({ data: Type.Array(Listed) }) },
    },
    handler: async () => {
      const all = (await legalTexts(db)).filter(({ withdrawnAt }) => withdrawnAt === null)
      const current = LEGAL_KINDS.map((kind) => inForce(all.filter(of(kind)), clock.today()))
      return {
        data: all.map((one) => ({
          kind: one.kind,
          version: one.version,
          effectiveOn: one.effectiveOn.toString(),
          inForce: current.includes(one),
        })),
      }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/legal-texts/:kind/:version',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'getLegalText',
      tags: ['accounts'],
      summary: 'A legal text word for word; also one that does not count any more, not yet, or never',
      params: Type.Object({ kind: Kind, version: Type.String({ pattern: '^[0-9a-z.-]{1,50}$' }) }),
      response: {
        200: Type.Object({
          kind: Kind,
          version: Type.String(),
          effectiveOn: Day(),
          withdrawnAt: orNull(Instant('Taken back before its day: it never counted')),
          text: Type.Object({ ko: Type.String(), en: Type.String() }),
        }),
        ...problems(404),
      },
    },
    handler: async (request, reply) => {
      const { kind, version } = request.params
      const found = await findLegalText(db, kind, version)
      if (!found) return reply.refuse(refused('not_found'))
      const { effectiveOn, withdrawnAt, text } = found
      return {
        kind,
        version,
        effectiveOn: effectiveOn.toString(),
        withdrawnAt: withdrawnAt?.toString() ?? null,
        text,
      }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/users/me/agreements',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listOwnAgreements',
      tags: ['accounts'],
      summary: 'To which versions of the legal texts you agreed',
      response: {
        200: Type.Object({
          data: Type.Array(Type.Object({ kind: Kind, version: Type.String(), agreedAt: Instant() })),
        }),
        ...problems(401),
      },
    },
    handler: async (request) => {
      const agreed = await agreementsOf(db, actorOf(request).userId)
      return { data: agreed.map((one) => ({ ...one, agreedAt: one.agreedAt.toString() })) }
    },
  })
}

const of = (kind: string) => (text: LegalText) => text.kind === kind
