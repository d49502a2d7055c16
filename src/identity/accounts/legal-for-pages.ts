import type { Db, Tx } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { businessDate } from '../../platform/time/clock.ts'
import type { Context } from '../context.ts'
import {
  AGREED_KINDS,
  announced,
  counts,
  inForce,
  inForceAt,
  type LegalKind,
  type LegalText,
  PURCHASE_KINDS,
  type Wording,
} from '../rules/legal-text.ts'
import {
  type Agreement,
  agreementsOf,
  findLegalText,
  keepLegalTexts,
  legalTexts,
} from '../store/legal-texts.ts'

/** The versions of one text. */
export interface LegalTextNow {
  current: LegalText | undefined
  /** What will count next. */
  next: LegalText | undefined
  /** What counted before, the latest first. */
  earlier: readonly LegalText[]
}

/** Legal texts as pages use them. */
export interface LegalTexts {
  /** Keeps the texts of the pages; see `keepLegalTexts`. */
  keep(wordings: readonly Wording[]): Promise<void>
  of(kind: LegalKind): Promise<LegalTextNow>
  find(kind: LegalKind, version: string): Promise<LegalText | undefined>
  /** Under which texts something was bought at a moment. */
  boughtUnder(moment: Temporal.Instant): Promise<LegalText[]>
  agreementsOf(actor: Actor): Promise<Agreement[]>
}

/** Gives pages the legal texts by version, and who agreed to which. */
export function createLegalTexts({ db, clock }: Pick<Context, 'db' | 'clock'>): LegalTexts {
  return {
    keep: (wordings) => keepLegalTexts(db, clock, wordings),
    of: async (kind) => {
      const [versions, today] = [await legalTexts(db, kind), clock.today()]
      const current = inForce(versions, today)
      const past = versions.filter((one) => one !== current && counts(one, today))
      return { current, next: announced(versions, today), earlier: past.toReversed() }
    },
    find: (kind, version) => findLegalText(db, kind, version),
    boughtUnder: async (moment) => {
      const [all, day] = [await legalTexts(db), businessDate(moment)]
      return PURCHASE_KINDS.flatMap(
        (kind) =>
          inForceAt(
            all.filter((one) => one.kind === kind),
            moment,
            day,
          ) ?? [],
      )
    },
    agreementsOf: (actor) => agreementsOf(db, actor.userId),
  }
}

/** What somebody who signs up has read and agrees to, by version. */
export type AgreedTo = Readonly<Record<(typeof AGREED_KINDS)[number], string>>

/** What counts today, by version: what is agreed to by who signs up without naming any. Undefined before texts are kept. */
export async function countingToday(db: Db | Tx, today: Temporal.PlainDate): Promise<AgreedTo | undefined> {
  const all = await legalTexts(db)
  const versionOf = (kind: LegalKind) =>
    inForce(
      all.filter((one) => one.kind === kind),
      today,
    )?.version
  const [terms, privacy] = [versionOf('terms'), versionOf('privacy')]
  return terms === undefined || privacy === undefined ? undefined : { terms, privacy }
}

/**
 * Whether what somebody agrees to is what counts today. Refusal: legal_text_changed (`facts.kind`, and `facts.version` of
 * the one to read).
 */
export async function checkAgreed(
  db: Db | Tx,
  agreedTo: AgreedTo,
  today: Temporal.PlainDate,
): Promise<{ kind: 'agreed' } | Refused<'legal_text_changed'>> {
  const counting = await countingToday(db, today)
  for (const kind of AGREED_KINDS) {
    const version = counting?.[kind]
    if (version !== agreedTo[kind])
      return refused('legal_text_changed', { facts: { kind, version: version ?? null } })
  }
  return { kind: 'agreed' }
}
