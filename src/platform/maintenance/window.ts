/** What a window of maintenance is, which may be set, and how one stands at a moment. */
import { type Refused, refused, type Text } from '../refusal.ts'

/** What an operator says of it. */
export interface WindowContent {
  readonly startsAt: Temporal.Instant
  readonly endsAt: Temporal.Instant
  /** Why, and what people can do meanwhile. */
  readonly text: Text
}

export interface MaintenanceWindow extends WindowContent {
  /** Another one with every change. */
  readonly id: string
}

export const WINDOW_STATES = ['announced', 'under_way'] as const
export type WindowState = (typeof WINDOW_STATES)[number]

export const LONGEST_TEXT = 200
/** A day or a month that was typed wrong would close the shop for so long; the database holds the same. */
export const LONGEST_HOURS = 24

/** Whether a window can be set: it ends after it begins, not yet, and is no longer than one may be. */
export function checkWindow(
  { startsAt, endsAt }: WindowContent,
  now: Temporal.Instant,
): { kind: 'valid' } | Refused<'maintenance_period_wrong'> {
  const isRight =
    Temporal.Instant.compare(startsAt, endsAt) < 0 &&
    Temporal.Instant.compare(now, endsAt) < 0 &&
    Temporal.Instant.compare(endsAt, startsAt.add({ hours: LONGEST_HOURS })) <= 0
  return isRight ? { kind: 'valid' } : refused('maintenance_period_wrong')
}

/** How it stands at a moment; undefined when it is over. */
export function stateAt(
  { startsAt, endsAt }: Pick<WindowContent, 'startsAt' | 'endsAt'>,
  now: Temporal.Instant,
): WindowState | undefined {
  if (Temporal.Instant.compare(endsAt, now) <= 0) return undefined
  return Temporal.Instant.compare(now, startsAt) < 0 ? 'announced' : 'under_way'
}
