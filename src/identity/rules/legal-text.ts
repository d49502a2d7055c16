/** Which of the versions of a legal text counts on a day, and from when a new one does. */
import type { Text } from '../../platform/refusal.ts'

export const LEGAL_KINDS = ['terms', 'privacy', 'refunds'] as const
export type LegalKind = (typeof LEGAL_KINDS)[number]

/** What whoever signs up agrees to; the rest is told. */
export const AGREED_KINDS = ['terms', 'privacy'] as const

/** A text as it is written. A part begins with a line `## heading`. */
export interface Wording {
  kind: LegalKind
  /** Never used for other sentences. */
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

/** From when a new version counts: the first one at once, a later one when it has been announced long enough. */
export function effectiveOn(
  kind: LegalKind,
  earlier: readonly LegalText[],
  today: Temporal.PlainDate,
): Temporal.PlainDate {
  return earlier.length === 0 ? today : today.add({ days: NOTICE_DAYS[kind] })
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

/** The version that will count next; undefined when none is announced. */
export function announced(versions: readonly LegalText[], today: Temporal.PlainDate): LegalText | undefined {
  return ahead(versions, today)[0]
}

/**
 * What follows when a process opens with a version of one kind: others that were announced are not wanted any more, and
 * it is announced itself unless it counts, or is announced already.
 */
export function whenOpened(
  versions: readonly LegalText[],
  version: string,
  today: Temporal.PlainDate,
): { withdraw: readonly LegalText[]; announce: boolean } {
  const toCome = ahead(versions, today)
  const isKnown = [inForce(versions, today), ...toCome].some((one) => one?.version === version)
  return { withdraw: toCome.filter((one) => one.version !== version), announce: !isKnown }
}
