import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { won } from '../../../platform/money.ts'
import { refused } from '../../../platform/refusal.ts'
import { publishPolicy } from '../desk/publish-policy.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK } from '../lending/librarian.ts'
import { borrowProblems } from '../problems.ts'
import { type LendingPolicy, REMIND_DAYS } from '../rules/policy.ts'
import { currentPolicy, type PublishedPolicy } from '../store/policy-store.ts'

const { invalid_request } = platformProblems
const { policy_changed_meanwhile } = borrowProblems

const Fee = Type.Integer({ minimum: 0, maximum: 10_000_000, description: 'Won' })
const Limit = Type.Integer({ minimum: 0, maximum: 1_000 })
const Bands = Type.Array(Strict({ fromDay: Type.Integer({ minimum: 1, maximum: 3_650 }), fee: Fee }), {
  minItems: 1,
  maxItems: 50,
  description: 'From which day late what is charged',
})

const Rules = Strict({
  loanDays: Type.Integer({ minimum: 1, maximum: 365 }),
  copiesPerPatron: Strict({ child: Limit, adult: Limit, staff: Limit }),
  renewals: Type.Integer({ minimum: 0, maximum: 100 }),
  remindDaysBefore: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 30,
      description: `Days before the due date on which a patron is told of it; 0: never; left out: ${REMIND_DAYS}`,
    }),
  ),
  lostAfterDays: Type.Integer({ minimum: 1, maximum: 3_650 }),
  replacementPerCopy: Fee,
  refundFoundWithinDays: Type.Integer({ minimum: 0, maximum: 3_650 }),
  pendingMinutes: Type.Integer({ minimum: 1, maximum: 43_200 }),
  lateFee: Strict({
    mode: Type.Enum(['flat', 'marginal'], {
      description: 'The fee of the band of all late days, or the sum of the fees of the days',
    }),
    bands: Bands,
    cap: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 100_000_000, description: 'Won; the most a return costs' }),
    ),
  }),
})

const PolicySchema = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  publishedAt: Type.String({ format: 'date-time' }),
  rules: Rules,
})

/** The rules of lending: for everybody to read, for librarians to replace. */
export function policyRoutes(app: App, deps: LendingDeps): void {
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
    handler: async () => viewOf(await currentPolicy(deps.db)),
  })
  app.route({
    method: 'PUT',
    url: '/api/loans/policy',
    config: { audience: DESK },
    schema: {
      operationId: 'publishLendingPolicy',
      tags: ['desk'],
      summary: 'Publish new rules; open loans keep to those they were made under',
      body: Strict({
        version: Type.Integer({ minimum: 1, description: 'The version that was seen' }),
        rules: Rules,
      }),
      response: {
        200: PolicySchema,
        ...refusalsOf<typeof publishPolicy>({ invalid_request, policy_changed_meanwhile }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { version: seen, rules: asked } = request.body
      const lateFee = lateFeeOf(asked.lateFee)
      if (!lateFee) return reply.refuse(NO_CAP)
      const rules = { ...asked, replacementPerCopy: won(asked.replacementPerCopy), lateFee }
      const result = await publishPolicy(deps, { seen, rules, byId: actorOf(request).userId })
      return result.kind === 'refused' ? reply.refuse(result) : viewOf(result.policy)
    },
  })
}

interface AskedLateFee {
  mode: 'flat' | 'marginal'
  bands: { fromDay: number; fee: number }[]
  cap?: number
}

/** Undefined: a fee by the day needs a cap. */
function lateFeeOf({ mode, bands: asked, cap }: AskedLateFee): LendingPolicy['lateFee'] | undefined {
  const bands = asked.map(({ fromDay, fee }) => ({ fromDay, fee: won(fee) }))
  if (mode === 'flat') return { mode, bands }
  return cap === undefined ? undefined : { mode, bands, cap: won(cap) }
}

const NO_CAP = refused('invalid_request', {
  errors: [
    {
      field: 'body.rules.lateFee.cap',
      code: 'required',
      message: { ko: '하루마다 더하는 연체료에는 상한이 필요합니다.', en: 'A fee by the day needs a cap.' },
    },
  ],
})

function viewOf({ version, publishedAt, rules }: PublishedPolicy) {
  const { lateFee } = rules
  const bands = lateFee.bands.map((band) => ({ ...band }))
  return { version, publishedAt: publishedAt.toString(), rules: { ...rules, lateFee: { ...lateFee, bands } } }
}
