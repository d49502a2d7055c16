/** The time between two deliveries of the same thing: whole days or whole calendar months. */
export interface Period {
  readonly unit: PeriodUnit
  readonly count: number
}

export const PERIOD_UNITS = ['days', 'months'] as const
export type PeriodUnit = (typeof PERIOD_UNITS)[number]

/** Whether two periods are the same agreement. 30 days and 1 month are not. */
export function samePeriod(a: Period | null, b: Period | null): boolean {
  return a?.unit === b?.unit && a?.count === b?.count
}
