/** What a banner is, where it may lead, and which are shown at a moment. */
import { type Refused, refused, type Text } from '../../platform/refusal.ts'

export const TONES = ['green', 'amber', 'rose', 'blue'] as const
type Tone = (typeof TONES)[number]

export const TARGET_KINDS = ['item', 'category', 'search', 'page'] as const
/** Where it leads: an item by its id, a category by its code, what is found for words, or an address of ours. */
export interface Target {
  readonly kind: (typeof TARGET_KINDS)[number]
  readonly value: string
}

/** What the merchant says of it. */
export interface BannerContent {
  readonly title: Text
  readonly text: Text
  readonly target: Target
  /** Its colours, and what is drawn where it has no picture. */
  readonly tone: Tone
  readonly startsAt: Temporal.Instant
  readonly endsAt: Temporal.Instant
  readonly isHidden: boolean
}

export interface Banner extends BannerContent {
  readonly id: string
  readonly pictureId: string | null
  /** Counts its changes. */
  readonly version: number
}

/** How many there may be, shown or not. */
export const MOST_BANNERS = 30
/** How many the first page shows at one time: the first of those in force. */
export const MOST_SHOWN = 4

/** What stands at our address, without the language; programs and those who work here have their own ways. */
const PAGE = /^\/(?!\/)[^\\\s\p{Cc}]*$/u
const NO_PAGE = /^\/(api|console)(?=$|[/?#])/
const LANGUAGE = /^\/en(?=$|[/?#])/

/**
 * Whether a banner can be shown: it ends after it begins and leads to a page of ours. The language of an address is that
 * of whoever looks, and is left out. The database holds the same. Refusals: banner_period_wrong, banner_leads_outside.
 */
export function checkContent<C extends BannerContent>(
  content: C,
): { kind: 'valid'; content: C } | Refused<'banner_period_wrong' | 'banner_leads_outside'> {
  const { startsAt, endsAt, target } = content
  if (Temporal.Instant.compare(startsAt, endsAt) >= 0) return refused('banner_period_wrong')
  if (target.kind !== 'page') return { kind: 'valid', content }
  const value = target.value.replace(LANGUAGE, '').replace(/^(?!\/)/, '/')
  if (!PAGE.test(target.value) || !PAGE.test(value) || NO_PAGE.test(value))
    return refused('banner_leads_outside')
  return { kind: 'valid', content: { ...content, target: { kind: 'page', value } } }
}

/** The address of a page of ours, without its language. */
export function addressOf({ kind, value }: Target): string {
  if (kind === 'item') return `/items/${value}`
  if (kind === 'page') return value
  return `/items?${new URLSearchParams({ [kind === 'category' ? 'category' : 'keyword']: value })}`
}

/** Those that are shown at a moment, in their order. */
export function shownAt(banners: readonly Banner[], now: Temporal.Instant): readonly Banner[] {
  return banners
    .filter(
      ({ isHidden, startsAt, endsAt }) =>
        !isHidden &&
        Temporal.Instant.compare(startsAt, now) <= 0 &&
        Temporal.Instant.compare(now, endsAt) < 0,
    )
    .slice(0, MOST_SHOWN)
}

export const BANNER_STATES = ['planned', 'shown', 'waiting', 'over', 'hidden'] as const

/** How each stands at a moment; `waiting` for others before it to end, because no more than so many are shown. */
export function statesAt(
  banners: readonly Banner[],
  now: Temporal.Instant,
): ReadonlyMap<string, (typeof BANNER_STATES)[number]> {
  const shown = new Set(shownAt(banners, now).map(({ id }) => id))
  return new Map(
    banners.map(({ id, isHidden, startsAt, endsAt }) => {
      if (shown.has(id)) return [id, 'shown']
      if (Temporal.Instant.compare(endsAt, now) <= 0) return [id, 'over']
      if (isHidden) return [id, 'hidden']
      return [id, Temporal.Instant.compare(startsAt, now) > 0 ? 'planned' : 'waiting']
    }),
  )
}
