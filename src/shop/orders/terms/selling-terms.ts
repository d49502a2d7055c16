/**
 * What selling costs the customer beside the goods: delivery, parcels that go back, and the discount on what comes again.
 * The merchant publishes versions, each from a moment to come; what was made under one keeps to it.
 */
import type { DeliveryPolicy } from '../rules/delivery-fee.ts'
import type { PriceTerms } from '../rules/order-total.ts'
import type { ReturnPolicy } from '../rules/return-policy.ts'

export interface SellingTerms {
  readonly delivery: DeliveryPolicy
  readonly returns: ReturnPolicy
  /** Whole percent off the price of what comes again, every time. */
  readonly recurringDiscount: number
}

/** Terms as the merchant sees and audits them: numbers side by side, in won and whole percent. */
export const flatTerms = ({ delivery, returns, recurringDiscount }: SellingTerms) => ({
  deliveryFee: delivery.fee,
  freeFrom: delivery.freeFrom,
  ...returns,
  recurringDiscount,
})

/** A version that was published. */
export interface PublishedTerms {
  readonly version: number
  readonly terms: SellingTerms
  readonly validFrom: Temporal.Instant
  readonly publishedAt: Temporal.Instant
  readonly publishedBy: string
}

/** Seconds from publishing terms to the first moment they may hold; every process has read them by then. */
export const TERMS_LEAD_SECONDS = 60
/** How far ahead terms may be published. */
export const MOST_DAYS_AHEAD = 366

/**
 * The version that holds at a moment: the newest of those that have begun, so that one takes the place of all older ones that
 * begin no earlier than itself. Undefined where none has begun: then the settings of before the first one hold.
 */
export function versionAt(
  versions: readonly PublishedTerms[],
  at: Temporal.Instant,
): PublishedTerms | undefined {
  return versions
    .filter(({ validFrom }) => Temporal.Instant.compare(validFrom, at) <= 0)
    .reduce<PublishedTerms | undefined>(
      (newest, one) => (newest === undefined || one.version > newest.version ? one : newest),
      undefined,
    )
}

/** `replaced`: a newer version was there before it would have begun, so that nothing was ever sold under it. */
export type TermsState = 'planned' | 'in_force' | 'past' | 'replaced'

/** What a version is at a moment. */
export function termsState(
  { version, validFrom }: PublishedTerms,
  versions: readonly PublishedTerms[],
  now: Temporal.Instant,
): TermsState {
  const inForce = versionAt(versions, now)?.version ?? 0
  if (version === inForce) return 'in_force'
  const isReplaced = versions.some(
    (other) => other.version > version && Temporal.Instant.compare(other.validFrom, validFrom) <= 0,
  )
  if (isReplaced) return 'replaced'
  return version < inForce ? 'past' : 'planned'
}

/**
 * From when on terms hold that are published now: from the moment that was asked for, at the earliest when every process
 * knows them. Undefined for one that has passed, or is more than {@link MOST_DAYS_AHEAD} days ahead.
 * @param asked null: as soon as possible
 */
export function beginningOf(
  asked: Temporal.Instant | null,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  const soonest = now.add({ seconds: TERMS_LEAD_SECONDS })
  if (asked === null) return soonest
  const latest = now.add({ hours: 24 * MOST_DAYS_AHEAD })
  if (Temporal.Instant.compare(asked, now) < 0 || Temporal.Instant.compare(asked, latest) > 0)
    return undefined
  return Temporal.Instant.compare(asked, soonest) < 0 ? soonest : asked
}

/** What prices follow from. */
export function priceTermsOf({ delivery, recurringDiscount }: SellingTerms): PriceTerms {
  return { delivery, recurringDiscount }
}
