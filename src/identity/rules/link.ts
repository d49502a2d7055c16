/**
 * Rules of links that do one thing once. They go by mail to the address of an account, and whoever brings one back
 * reads that mail.
 */

interface LinkRule {
  /** How long it can be used. */
  life: Temporal.DurationLike
  /** How many may be sent to one account in an hour: nobody's mailbox is filled by somebody else. */
  perHour: number
  /** The page it leads to. */
  path: string
}

/** What links are for. */
export const LINKS = {
  verify_email: { life: { hours: 24 }, perHour: 5, path: '/verify-email' },
  reset_password: { life: { minutes: 30 }, perHour: 3, path: '/password/reset' },
  know_browser: { life: { minutes: 30 }, perHour: 3, path: '/login/known' },
} as const satisfies Readonly<Record<string, LinkRule>>

export type LinkPurpose = keyof typeof LINKS

/** Whether there are links for this. */
export function isLinkPurpose(text: string): text is LinkPurpose {
  return Object.hasOwn(LINKS, text)
}

const HOUR_SECONDS = 3_600

/**
 * Whether one more link may be sent.
 * @param issued when the links of the account and purpose were issued, of the last hour at least
 * @returns the seconds until one may; 0 for now
 */
export function waitBeforeNextLink(
  purpose: LinkPurpose,
  issued: readonly Temporal.Instant[],
  now: Temporal.Instant,
): number {
  const hourAgo = now.subtract({ seconds: HOUR_SECONDS })
  const recent = issued
    .filter((at) => Temporal.Instant.compare(at, hourAgo) > 0)
    .toSorted(Temporal.Instant.compare)
  const blocking = recent.at(-LINKS[purpose].perHour)
  return blocking === undefined ? 0 : Math.ceil(blocking.since(hourAgo).total('seconds'))
}
