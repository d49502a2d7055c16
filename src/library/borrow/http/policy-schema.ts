import Type, { type Static } from 'typebox'
import { Strict } from '../../../platform/http/app.ts'
import { Day, orNull } from '../../../platform/http/schemas.ts'
import { won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type LendingPolicy, REMIND_DAYS } from '../rules/policy.ts'
import type { PublishedPolicy } from '../store/policy-store.ts'

const Fee = Type.Integer({ minimum: 0, maximum: 10_000_000, description: 'Won' })
const Limit = Type.Integer({ minimum: 0, maximum: 1_000 })
const Bands = Type.Array(Strict({ fromDay: Type.Integer({ minimum: 1, maximum: 3_650 }), fee: Fee }), {
  minItems: 1,
  maxItems: 50,
  description: 'From which day late what is charged',
})

/** The rules of lending as they are sent and shown. */
export const Rules = Strict({
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

/** A version of them. */
export const PolicySchema = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  publishedAt: Type.String({ format: 'date-time' }),
  inForceOn: orNull(
    Day(),
    'The day in Seoul from which loans are made under it; null: since it was published',
  ),
  rules: Rules,
})

/** The rules that were sent; refused when a fee by the day has no cap. */
export function rulesOf(
  asked: Static<typeof Rules>,
): { kind: 'rules'; rules: LendingPolicy } | Refused<'invalid_request'> {
  const lateFee = lateFeeOf(asked.lateFee)
  if (!lateFee) return NO_CAP
  return {
    kind: 'rules',
    rules: { ...asked, replacementPerCopy: won(asked.replacementPerCopy), lateFee },
  }
}

/** A version as it is shown. */
export function viewOf({ version, publishedAt, inForceOn, rules }: Omit<PublishedPolicy, 'id'>) {
  const { lateFee } = rules
  const bands = lateFee.bands.map((band) => ({ ...band }))
  return {
    version,
    publishedAt: publishedAt.toString(),
    inForceOn: inForceOn?.toString() ?? null,
    rules: { ...rules, lateFee: { ...lateFee, bands } },
  }
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
