import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { policyFault, publishPolicy } from '../desk/publish-policy.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK } from '../lending/librarian.ts'
import { borrowProblems } from '../problems.ts'
import { lateFee } from '../rules/late-fee.ts'
import { policyStates } from '../rules/policy-versions.ts'
import { currentPolicy, listedPolicies, startOf } from '../store/policy-store.ts'
import { PolicySchema, Rules, rulesOf, viewOf } from './policy-schema.ts'

const { invalid_request } = platformProblems
const { policy_changed_meanwhile } = borrowProblems

const MOST_VERSIONS = 100

/** For loans so many days late it is shown what they would cost. */
const EXAMPLES = [1, 7, 8, 14, 15, 30, 60] as const

/** The rules of lending: for everybody to read, for librarians to replace. */
export function policyRoutes(app: App, deps: LendingDeps): void {
  const { db, clock } = deps
  app.route({
    method: 'GET',
    url: '/api/loans/policy',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'getLendingPolicy',
      tags: ['loans'],
      summary: 'The rules new loans are made under',
      response: { 200: PolicySchema },
    },
    handler: async () => viewOf(await currentPolicy(db, clock.today())),
  })
  app.route({
    method: 'GET',
    url: '/api/loans/policies',
    config: { audience: DESK },
    schema: {
      operationId: 'listLendingPolicies',
      tags: ['desk'],
      summary: 'The newest versions of the rules: those to come, the one in force and those before it',
      response: {
        200: Type.Object({
          data: Type.Array(
            Type.Object({
              ...PolicySchema.properties,
              state: Type.Enum(['planned', 'in_force', 'past', 'replaced']),
              publishedBy: orNull(Type.String(), 'Null: came with the library'),
            }),
            { maxItems: MOST_VERSIONS + 1 },
          ),
        }),
        ...problems(401, 403),
      },
    },
    handler: async () => {
      const published = await listedPolicies(db, clock.today(), MOST_VERSIONS)
      const versions = published.map((policy) => ({ ...policy, startsAt: startOf(policy) }))
      return {
        data: policyStates(versions, clock.now()).map(({ state, publishedBy, ...policy }) => ({
          ...viewOf(policy),
          state,
          publishedBy,
        })),
      }
    },
  })
  app.route({
    method: 'PUT',
    url: '/api/loans/policy',
    config: { audience: DESK },
    schema: {
      operationId: 'publishLendingPolicy',
      tags: ['desk'],
      summary: 'Publish new rules, now or from a day to come; open loans keep to those they were made under',
      body: Strict({
        version: Type.Integer({ minimum: 1, description: 'The newest published version that was seen' }),
        inForceOn: Type.Optional(
          Type.String({
            format: 'date',
            maxLength: 10,
            description: 'From the beginning of this day in Seoul; left out: from now on',
          }),
        ),
        rules: Rules,
      }),
      response: {
        200: PolicySchema,
        ...refusalsOf<typeof publishPolicy>({ invalid_request, policy_changed_meanwhile }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { version: seen, inForceOn: day } = request.body
      const asked = rulesOf(request.body.rules)
      if (asked.kind === 'refused') return reply.refuse(asked)
      const inForceOn = day === undefined ? null : Temporal.PlainDate.from(day)
      const { rules } = asked
      const result = await publishPolicy(deps, { seen, rules, inForceOn, byId: actorOf(request).userId })
      return result.kind === 'refused' ? reply.refuse(result) : viewOf(result.policy)
    },
  })
  app.route({
    method: 'POST',
    url: '/api/loans/policy/check',
    config: { audience: DESK },
    schema: {
      operationId: 'checkLendingPolicy',
      tags: ['desk'],
      summary: 'What late returns would cost under rules that are not published; nothing is kept of them',
      body: Strict({ rules: Rules }),
      response: {
        200: Type.Object({
          lateFees: Type.Array(
            Type.Object({
              days: Type.Integer({ description: 'Days late' }),
              fee: Type.Integer({ description: 'Won' }),
              feeNow: Type.Integer({ description: 'Won, under the rules in force' }),
            }),
          ),
        }),
        ...refusalsOf<typeof rulesOf>({ invalid_request }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const asked = rulesOf(request.body.rules)
      if (asked.kind === 'refused') return reply.refuse(asked)
      const fault = policyFault(asked.rules)
      if (fault) return reply.refuse(fault)
      const inForce = await currentPolicy(db, clock.today())
      return {
        lateFees: EXAMPLES.map((days) => ({
          days,
          fee: lateFee(asked.rules.lateFee, days),
          feeNow: lateFee(inForce.rules.lateFee, days),
        })),
      }
    },
  })
}
