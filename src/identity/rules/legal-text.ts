/** Which of the versions of a legal text counts on a day, and from when a new one does. */
import type { Text } from '../../platform/refusal.ts'

export const LEGAL_KINDS = ['terms', 'privacy', 'refunds'] as const
export type LegalKind = (typeof LEGAL_KINDS)[number]

/** What whoever signs up agrees to; the rest is told. */
export const AGREED_KINDS = ['terms', 'privacy'] as const

/** What a purchase is made under. */
export const PURCHASE_KINDS = ['terms', 'refunds'] as const

/** A text as it is written. A part begins with a line `## heading`. */
export interface Wording {
  kind: LegalKind
  /** Never used for other sentences: a name of what is settled, and after a dot a mark of the seller it is settled with. */
  version: string
  text: Text
}

/** A version as it was announced; one that counted before may be announced again. */
export interface LegalText extends Wording {
  /** Of the announcement. */
  id: string
  /** Day in Seoul. */
  effectiveOn: Temporal.PlainDate
  announcedAt: Temporal.Instant
  /** Taken back before its day: it never counts. */
  withdrawnAt: Temporal.Instant | null
}

/**
 * How long before it counts a new version is announced. A change that customers do not like needs 30 days (공정거래위원회
 * 전자상거래 표준약관 art. 3 (4)), and nobody here can tell; of a privacy policy 7 days (개인정보처리방침 작성지침).
 */
const NOTICE_DAYS: Readonly<Record<LegalKind, number>> = { terms: 30, privacy: 7, refunds: 30 }

/**
 * From when a new version counts: the first one at once, a later one when it has been announced long enough. One that says
 * the same of another seller, or of where the seller is now, counts at once: who sells has to be said truly at any moment
 * (전자상거래법 art. 10 and 13), and nothing becomes worse for the customer.
 */
export function effectiveOn(
  { kind, version }: Pick<Wording, 'kind' | 'version'>,
  earlier: readonly LegalText[],
  today: Temporal.PlainDate,
): Temporal.PlainDate {
  if (earlier.length === 0 || saysTheSame(inForce(earlier, today), version)) return today
  // What has been announced already does not wait anew because the seller has moved meanwhile.
  const known = ahead(earlier, today).find((one) => saysTheSame(one, version))
  return known?.effectiveOn ?? today.add({ days: NOTICE_DAYS[kind] })
}

/** Whether two versions settle the same, whoever sells. */
function saysTheSame(one: LegalText | undefined, version: string): boolean {
  return one !== undefined && one.version.split('.', 1)[0] === version.split('.', 1)[0]
}

const byDay = (a: LegalText, b: LegalText) =>
  Temporal.PlainDate.compare(a.effectiveOn, b.effectiveOn) ||
  Temporal.Instant.compare(a.announcedAt, b.announcedAt)

/** Whether a version counts, or has counted. */
export const counts = ({ effectiveOn: from, withdrawnAt }: LegalText, today: Temporal.PlainDate): boolean =>
  withdrawnAt === null && Temporal.PlainDate.compare(from, today) <= 0

/** The versions of one kind that will count one day. */
const ahead = (versions: readonly LegalText[], today: Temporal.PlainDate) =>
  versions.filter((one) => one.withdrawnAt === null && !counts(one, today)).toSorted(byDay)

/** The version of one kind that counts on a day; of two from the same day the one announced later. */
export function inForce(versions: readonly LegalText[], today: Temporal.PlainDate): LegalText | undefined {
  return versions
    .filter((one) => counts(one, today))
    .toSorted(byDay)
    .at(-1)
}

/**
 * The version of one kind that counted at a moment, by what was announced until then.
 * @param day of the moment, in Seoul
 */
export function inForceAt(
  versions: readonly LegalText[],
  moment: Temporal.Instant,
  day: Temporal.PlainDate,
): LegalText | undefined {
  const known = versions.filter(({ announcedAt }) => Temporal.Instant.compare(announcedAt, moment) <= 0)
  return inForce(known, day)
}

/** The version that will count next; undefined when none is announced. */
export function announced(versions: readonly LegalText[], today: Temporal.PlainDate): LegalText | undefined {
  return ahead(versions, today)[0]
}

/**
 * What follows when a process opens with a version of one kind: others that were announced are not wanted any more, and
 * it is announced itself unless it counts, or is announced already and can count no sooner.
 */
export function whenOpened(
  versions: readonly LegalText[],
  version: string,
  today: Temporal.PlainDate,
): { withdraw: readonly LegalText[]; announce: boolean } {
  const toCome = ahead(versions, today)
  const current = inForce(versions, today)
  if (current?.version === version) return { withdraw: toCome, announce: false }
  // A process of an earlier release may have announced it for later.
  if (saysTheSame(current, version)) return { withdraw: toCome, announce: true }
  const isKnown = toCome.some((one) => one.version === version)
  return { withdraw: toCome.filter((one) => one.version !== version), announce: !isKnown }
}
