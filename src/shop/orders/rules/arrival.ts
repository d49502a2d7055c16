/**
 * When a parcel has arrived. The merchant says so, or its customer does; where neither does, it counts as arrived so many
 * days after it was sent, or what nobody marks could never be sent back. That is a guess: when the customer tells soon
 * after that it came only now, or a table of the carrier does, the later day holds. An arrival never becomes earlier,
 * because the time to send something back has been shown to the customer by then.
 */
import type { SentPieces } from './delivery.ts'
import type { OrderLine } from './order.ts'
import { lastDayFor } from './return-policy.ts'

export const ARRIVALS = ['merchant', 'customer', 'counted'] as const
export type Arrival = (typeof ARRIVALS)[number]

/** What the merchant has settled. */
export interface ArrivalPolicy {
  /** Days after sending from which a parcel counts as arrived when nobody has said so. */
  countedAfterDays: number
}

export const DEFAULT_ARRIVAL: ArrivalPolicy = { countedAfterDays: 7 }

/**
 * What was sent longer ago than this when it is counted arrived back then, not now: nothing has counted it for so long, as
 * before an update that does, and news of it, or a time to send it back that begins today, would be about the past.
 */
const NEWS_FOR_DAYS = 60

/** What has arrived, and who says so. */
export interface ArrivalStep {
  step: 'deliver'
  by: Arrival
  /** When, if that is not now. */
  on?: Temporal.Instant | undefined
  /** Only this parcel. */
  shipmentId?: string | undefined
  /** Only what was sent so many days ago; for counting. */
  sentDaysAgo?: number | undefined
  /** Also what only counted as arrived so far, if it came no earlier than that. */
  evenCounted?: boolean | undefined
}

/** The latest moment of sending of what counts as arrived now. */
export function countedUntil({ countedAfterDays }: ArrivalPolicy, now: Temporal.Instant): Temporal.Instant {
  return now.subtract({ hours: 24 * countedAfterDays })
}

/**
 * The last day on which the customer's word moves a counted arrival: that of the withdrawal period counted from it. Later
 * it would begin a period anew which has ended, at any time its customer likes. Not a number of days after sending: what
 * was counted late could then never be put right. Undefined for what did not only count as arrived.
 */
export function correctableUntil({
  arrival,
  deliveredAt,
}: Pick<SentPieces, 'arrival' | 'deliveredAt'>): Temporal.PlainDate | undefined {
  if (arrival !== 'counted' || deliveredAt === null) return undefined
  return lastDayFor('changed_mind', dayInSeoul(deliveredAt))
}

/** Pieces of a line after the step. The same pieces, if it changes nothing about them. */
export function arrived(pieces: SentPieces, step: ArrivalStep, now: Temporal.Instant): SentPieces {
  if (step.shipmentId !== undefined && pieces.shipmentId !== step.shipmentId) return pieces
  const at = arrivalAt(pieces, step, now)
  if (at === undefined) return pieces
  // Told as a day: that of sending began before the parcel left.
  const deliveredAt = Temporal.Instant.compare(at, pieces.shippedAt) < 0 ? pieces.shippedAt : at
  const changes = pieces.deliveredAt === null || isCorrected(pieces, deliveredAt, step, now)
  return changes ? { ...pieces, deliveredAt, arrival: step.by } : pieces
}

/** When they arrive by the step; undefined when they do not yet count as arrived. */
function arrivalAt(
  { shippedAt }: SentPieces,
  { on, sentDaysAgo }: ArrivalStep,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  if (sentDaysAgo === undefined) return on ?? now
  if (isLater(shippedAt, countedUntil({ countedAfterDays: sentDaysAgo }, now))) return undefined
  const isNews = isLater(shippedAt, now.subtract({ hours: 24 * Math.max(NEWS_FOR_DAYS, sentDaysAgo) }))
  return isNews ? now : shippedAt.add({ hours: 24 * sentDaysAgo })
}

function isCorrected(
  pieces: SentPieces,
  deliveredAt: Temporal.Instant,
  { by, evenCounted }: ArrivalStep,
  now: Temporal.Instant,
): boolean {
  const until = correctableUntil(pieces)
  if (evenCounted !== true || until === undefined || pieces.deliveredAt === null) return false
  const isInTime = by !== 'customer' || Temporal.PlainDate.compare(dayInSeoul(now), until) <= 0
  return isInTime && !isLater(pieces.deliveredAt, deliveredAt)
}

/** The parcels of which a step has set the arrival, and to when. */
export function arrivalsIn(
  before: readonly OrderLine[],
  after: readonly OrderLine[],
): { shipmentId: string; deliveredAt: Temporal.Instant }[] {
  const known = new Set(before.flatMap(({ delivery }) => delivery.sent))
  const changed = after.flatMap(({ delivery }) => delivery.sent).filter((pieces) => !known.has(pieces))
  const latest = new Map<string, Temporal.Instant>()
  for (const { shipmentId, deliveredAt } of changed) {
    const other = latest.get(shipmentId)
    if (deliveredAt !== null && (other === undefined || isLater(deliveredAt, other)))
      latest.set(shipmentId, deliveredAt)
  }
  return [...latest].map(([shipmentId, deliveredAt]) => ({ shipmentId, deliveredAt }))
}

const isLater = (one: Temporal.Instant, other: Temporal.Instant) => Temporal.Instant.compare(one, other) > 0
const dayInSeoul = (at: Temporal.Instant) => at.toZonedDateTimeISO('Asia/Seoul').toPlainDate()
