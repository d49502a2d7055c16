import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../platform/database/database.ts'
import { type Refused, refused, type Text } from '../../../platform/refusal.ts'
import { businessDate, type Clock } from '../../../platform/time/clock.ts'
import { bandsFault, type LendingPolicy } from '../rules/policy.ts'
import { insertPolicy, newestPolicy, type PublishedPolicy } from '../store/policy-store.ts'

/** How far ahead rules may be published. */
const MOST_DAYS_AHEAD = 366

/**
 * Publishes new rules of lending, from now on or from a day to come. Open loans keep to the rules they were made under.
 * Refusals: invalid_request (bands do not begin at day 1, or fall; a day that is not ahead, or too far),
 * policy_changed_meanwhile with facts `{ version }`.
 * @param seen the newest published version the editor saw
 */
export async function publishPolicy(
  { db, clock }: { db: Db; clock: Clock },
  {
    seen,
    rules,
    inForceOn,
    byId,
  }: { seen: number; rules: LendingPolicy; inForceOn: Temporal.PlainDate | null; byId: string },
): Promise<
  { kind: 'policy'; policy: PublishedPolicy } | Refused<'invalid_request' | 'policy_changed_meanwhile'>
> {
  const fault = policyFault(rules) ?? dayFault(inForceOn, businessDate(clock.now()))
  if (fault) return fault
  return transact<{ kind: 'policy'; policy: PublishedPolicy } | Refused<'policy_changed_meanwhile'>>(
    db,
    async (tx) => {
      const publishedAt = clock.now()
      const published = { version: seen + 1, rules, publishedAt, inForceOn }
      const newest = await newestPolicy(tx)
      if (newest?.version !== seen || !(await insertPolicy(tx, published, byId))) {
        const now = await newestPolicy(tx)
        return refused('policy_changed_meanwhile', { facts: { version: now?.version } })
      }
      await writeAudit(tx, publishedAt, {
        actorId: byId,
        action: 'policy.published',
        subject: { type: 'policy', id: String(published.version) },
        before: { ...newest.rules },
        after: { ...rules, ...(inForceOn ? { inForceOn: inForceOn.toString() } : {}) },
      })
      return { kind: 'policy', policy: { id: newest.id, ...published } }
    },
  )
}

/** What is wrong with rules that their form does not say. Undefined when nothing is. */
export function policyFault({ lateFee }: LendingPolicy): Refused<'invalid_request'> | undefined {
  const fault = bandsFault(lateFee)
  return fault && faultIn('body.rules.lateFee.bands', fault, FAULTS[fault])
}

function dayFault(
  day: Temporal.PlainDate | null,
  today: Temporal.PlainDate,
): Refused<'invalid_request'> | undefined {
  if (day === null) return undefined
  const ahead = today.until(day, { largestUnit: 'days' }).days
  return ahead >= 1 && ahead <= MOST_DAYS_AHEAD
    ? undefined
    : faultIn('body.inForceOn', 'not_ahead', {
        ko: '시행일은 내일부터 일 년 안의 날이어야 합니다. 바로 시행하려면 비워 두세요.',
        en: 'The day must lie between tomorrow and a year ahead. Leave it out for rules from now on.',
      })
}

const faultIn = (field: string, code: string, message: Text) =>
  refused('invalid_request', { errors: [{ field, code, message }] })

const FAULTS = {
  no_first_day: { ko: '첫 구간은 1일부터여야 합니다.', en: 'The first band must begin at day 1.' },
  not_rising: {
    ko: '구간의 날짜는 커지고 금액은 줄지 않아야 합니다.',
    en: 'The days of bands must rise, and their fees must not fall.',
  },
} as const
