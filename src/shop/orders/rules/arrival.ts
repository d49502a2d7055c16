/**
 * When a parcel has arrived. The merchant says so, or its customer does; where neither does, it counts as arrived so many
 * days after it was sent, or what nobody marks could never be sent back. That is a guess: when the customer tells later
 * that it came only now, or a table of the carrier does, the later day holds. An arrival never becomes earlier, because
 * the time to send something back has been shown to the customer by then.
 */
import type { SentPieces } from './delivery.ts'

export const ARRIVALS = ['merchant', 'customer', 'counted'] as const
export type Arrival = (typeof ARRIVALS)[number]

/** What the merchant has settled. */
export interface ArrivalPolicy {
  /** Days after sending from which a parcel counts as arrived when nobody has said so. */
  countedAfterDays: number
}

export const DEFAULT_ARRIVAL: ArrivalPolicy = { countedAfterDays: 7 }

/** What has arrived, and who says so. */
export interface ArrivalStep {
  step: 'deliver'
  by: Arrival
  /** When, if that is not now. */
  on?: Temporal.Instant | undefined
  /** Only this parcel. */
  shipmentId?: string | undefined
  /** Only what was sent by then; for counting. */
  sentBy?: Temporal.Instant | undefined
  /** Also what only counted as arrived so far, if it came no earlier than that. */
  evenCounted?: boolean | undefined
}

/** The latest moment of sending of what counts as arrived now. */
export function countedUntil({ countedAfterDays }: ArrivalPolicy, now: Temporal.Instant): Temporal.Instant {
  return now.subtract({ hours: 24 * countedAfterDays })
}

/** Pieces of a line after the step. The same pieces, if it changes nothing about them. */
export function arrived(pieces: SentPieces, step: ArrivalStep, now: Temporal.Instant): SentPieces {
  if (step.shipmentId !== undefined && pieces.shipmentId !== step.shipmentId) return pieces
  if (step.sentBy !== undefined && Temporal.Instant.compare(pieces.shippedAt, step.sentBy) > 0) return pieces
  const at = step.on ?? now
  // Told as a day: that of sending began before the parcel left.
  const deliveredAt = Temporal.Instant.compare(at, pieces.shippedAt) < 0 ? pieces.shippedAt : at
  const isNotEarlier =
    pieces.arrival === 'counted' &&
    pieces.deliveredAt !== null &&
    Temporal.Instant.compare(deliveredAt, pieces.deliveredAt) >= 0
  const changes = pieces.deliveredAt === null || (step.evenCounted === true && isNotEarlier)
  return changes ? { ...pieces, deliveredAt, arrival: step.by } : pieces
}
