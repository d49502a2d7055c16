import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { won } from '../../../platform/money.ts'
import { orderProblems } from '../problems.ts'
import { type PublishTermsDeps, publishTerms } from '../terms/publish-terms.ts'
import { flatTerms, type SellingTerms, termsState } from '../terms/selling-terms.ts'
import { readTerms } from '../terms/terms-store.ts'

const { invalid_request } = platformProblems
const { terms_changed_meanwhile } = orderProblems

const MOST_VERSIONS = 100
const config = { audience: ['merchant', 'admin'] } as const
const tags = ['orders']

const fee = (description: string, maximum: number) =>
  Type.Integer({ minimum: 0, maximum, description: `${description}, in won` })

const TermsSchema = Strict({
  deliveryFee: fee('What sending an order costs the customer', 1_000_000),
  freeFrom: fee('Orders of at least so much, after discounts, are sent free; 0: all', 2_000_000_000),
  returnFee: fee('Kept of a refund when a customer who changed their mind sends something back', 1_000_000),
  exchangeFee: fee('What a customer who changed their mind pays for both parcels of an exchange', 1_000_000),
  recurringDiscount: Type.Integer({
    minimum: 0,
    maximum: 50,
    description: 'Whole percent off what comes again; part of what new subscribers agree to',
  }),
})

/** What selling costs the customer: for the merchant to see and to publish anew. */
export function sellingTermsRoutes(deps: PublishTermsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/selling-terms',
      config,
      schema: {
        operationId: 'listSellingTerms',
        tags,
        summary: 'Fees and discounts: those to come, those in force and those before, the newest first',
        response: {
          200: Type.Object({
            data: Type.Array(
              Type.Object({
                version: Type.Integer({
                  minimum: 0,
                  description: '0: the settings of the server, as they were when version 1 was published',
                }),
                state: Type.Enum(['planned', 'in_force', 'past', 'replaced']),
                validFrom: orNull(Type.String(), 'Null: from the beginning'),
                publishedAt: orNull(Type.String(), 'Null for the settings'),
                publishedBy: orNull(Type.String(), 'Null for the settings'),
                terms: TermsSchema,
              }),
            ),
            inForce: TermsSchema,
          }),
          ...problems(401, 403),
        },
      },
      handler: async () => {
        const now = deps.clock.now()
        const [versions, inForce] = [await readTerms(deps.db), await deps.terms.now()]
        const first = {
          version: 0,
          state: inForce.version === 0 ? ('in_force' as const) : ('past' as const),
          validFrom: null,
          publishedAt: null,
          publishedBy: null,
          terms: flatTerms(await deps.terms.first()),
        }
        const data = versions.slice(0, MOST_VERSIONS).map((one) => ({
          version: one.version,
          state: termsState(one, versions, now),
          validFrom: one.validFrom.toString(),
          publishedAt: one.publishedAt.toString(),
          publishedBy: one.publishedBy,
          terms: flatTerms(one.terms),
        }))
        return { data: [...data, first], inForce: flatTerms(inForce) }
      },
    })

    app.route({
      method: 'PUT',
      url: '/api/admin/selling-terms',
      config,
      schema: {
        operationId: 'publishSellingTerms',
        tags,
        summary: 'Publish fees and discounts from a moment to come; what was ordered before keeps to its own',
        body: Strict({
          version: Type.Integer({ minimum: 0, description: 'The newest version that was seen' }),
          validFrom: Type.Optional(
            Type.String({
              format: 'date-time',
              maxLength: 40,
              description: 'Left out: in a minute, when every process knows them',
            }),
          ),
          terms: TermsSchema,
        }),
        response: {
          200: Type.Object({
            version: Type.Integer(),
            validFrom: Type.String(),
            terms: TermsSchema,
          }),
          ...refusalsOf<typeof publishTerms>({ invalid_request, terms_changed_meanwhile }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const { version: seen, validFrom, terms: asked } = request.body
        const terms: SellingTerms = {
          delivery: { fee: won(asked.deliveryFee), freeFrom: won(asked.freeFrom) },
          returns: { returnFee: won(asked.returnFee), exchangeFee: won(asked.exchangeFee) },
          recurringDiscount: asked.recurringDiscount,
        }
        const result = await publishTerms(deps, {
          seen,
          terms,
          validFrom: validFrom === undefined ? null : Temporal.Instant.from(validFrom),
          byId: actorOf(request).userId,
        })
        if (result.kind === 'refused') return reply.refuse(result)
        const { version, validFrom: begins } = result.terms
        return { version, validFrom: begins.toString(), terms: flatTerms(result.terms.terms) }
      },
    })
  }
}
