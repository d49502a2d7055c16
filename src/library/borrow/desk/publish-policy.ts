import { type Db, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { bandsFault, type LendingPolicy } from '../rules/policy.ts'
import { currentPolicy, insertPolicy, type PublishedPolicy } from '../store/policy-store.ts'

/**
 * Publishes new rules of lending. Open loans keep to the rules they were made under.
 * Refusals: invalid_request (bands do not begin at day 1, or fall), policy_changed_meanwhile with facts `{ version }`.
 * @param seen the version the editor saw
 */
export async function publishPolicy(
  { db, clock }: { db: Db; clock: Clock },
  { seen, rules, byId }: { seen: number; rules: LendingPolicy; byId: string },
): Promise<
  { kind: 'policy'; policy: PublishedPolicy } | Refused<'invalid_request' | 'policy_changed_meanwhile'>
> {
  const fault = bandsFault(rules.lateFee)
  if (fault)
    return refused('invalid_request', { errors: [{ field: 'body.rules.lateFee.bands', ...FAULTS[fault] }] })
  return transact<{ kind: 'policy'; policy: PublishedPolicy } | Refused<'policy_changed_meanwhile'>>(
    db,
    async (tx) => {
      const { id, version } = await currentPolicy(tx)
      const at = clock.now()
      const published = version === seen && (await insertPolicy(tx, version + 1, rules, at, byId))
      if (!published)
        return refused('policy_changed_meanwhile', { facts: { version: (await currentPolicy(tx)).version } })
      return { kind: 'policy', policy: { id, version: version + 1, rules, publishedAt: at } }
    },
  )
}

const FAULTS = {
  no_first_day: {
    code: 'no_first_day',
    message: { ko: '첫 구간은 1일부터여야 합니다.', en: 'The first band must begin at day 1.' },
  },
  not_rising: {
    code: 'not_rising',
    message: {
      ko: '구간의 날짜는 커지고 금액은 줄지 않아야 합니다.',
      en: 'The days of bands must rise, and their fees must not fall.',
    },
  },
} as const
