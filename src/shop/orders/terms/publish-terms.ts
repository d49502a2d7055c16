import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { consentTo, type RecurringTerms } from '../rules/consent.ts'
import { keepConsentText } from '../store/consent-store.ts'
import {
  beginningOf,
  flatTerms,
  MOST_DAYS_AHEAD,
  type PublishedTerms,
  type SellingTerms,
} from './selling-terms.ts'
import type { TermsBook } from './terms-book.ts'
import { insertTerms, keepFirstTerms, readTerms } from './terms-store.ts'

export interface PublishTermsDeps {
  db: Db
  clock: Clock
  terms: TermsBook
  settings: { recurring: RecurringTerms }
}

/**
 * Publishes terms of selling from a moment to come. What was ordered before keeps to those of its day; with the first
 * version the settings of now are kept as what held before it.
 * Refusals: terms_changed_meanwhile (a colleague published others, `facts.version`), invalid_request (a moment that has
 * passed, or more than a year ahead).
 * @param seen the newest version the editor saw; 0: none yet
 * @param validFrom null: as soon as every process knows them, which is in a minute
 */
export async function publishTerms(
  deps: PublishTermsDeps,
  {
    seen,
    terms,
    validFrom,
    byId,
  }: { seen: number; terms: SellingTerms; validFrom: Temporal.Instant | null; byId: string },
): Promise<
  { kind: 'published'; terms: PublishedTerms } | Refused<'terms_changed_meanwhile' | 'invalid_request'>
> {
  const { db, clock } = deps
  // The text of what customers will agree to is kept before anybody can.
  const { recurringDiscount: discountPercent } = terms
  await keepConsentText(db, consentTo({ ...deps.settings.recurring, discountPercent }), clock.now())
  const result = await transact<
    { kind: 'published'; terms: PublishedTerms } | Refused<'terms_changed_meanwhile' | 'invalid_request'>
  >(db, async (tx) => {
    const publishedAt = clock.now()
    const begins = beginningOf(validFrom, publishedAt)
    if (begins === undefined) return refused('invalid_request', { errors: [NOT_AHEAD] })
    const [newest] = await readTerms(tx)
    const made = { version: seen + 1, terms, validFrom: begins, publishedAt, publishedBy: byId }
    if ((newest?.version ?? 0) !== seen || !(await insertTerms(tx, made)))
      return refused('terms_changed_meanwhile', {
        facts: { version: (await readTerms(tx))[0]?.version ?? 0 },
      })
    await keepFirstTerms(tx, await deps.terms.first(tx))
    await writeAudit(tx, publishedAt, {
      actorId: byId,
      action: 'selling_terms.published',
      subject: { type: 'selling_terms', id: String(made.version) },
      before: flatTerms(newest?.terms ?? (await deps.terms.at(publishedAt, tx))),
      after: { ...flatTerms(terms), validFrom: begins.toString() },
    })
    return { kind: 'published', terms: made }
  })
  if (result.kind === 'published') deps.terms.forget()
  return result
}

const NOT_AHEAD = {
  field: 'body.validFrom',
  code: 'not_ahead',
  message: {
    ko: `적용 시각은 지금부터 ${MOST_DAYS_AHEAD}일 안이어야 합니다. 바로 적용하려면 비워 두세요.`,
    en: `The moment must lie ahead, at most ${MOST_DAYS_AHEAD} days. Leave it out for terms from now on.`,
  },
}
