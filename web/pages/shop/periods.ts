import type { Period } from '../../../src/platform/time/period.ts'
import type { OfferedTerms } from '../../../src/shop/subscriptions/index.ts'

/** Out of a long range, those people ask for. */
const USUAL_DAYS = [7, 14, 21, 28, 30, 45, 60, 90, 120, 180]
const FEW = 12

/** The periods a list offers: all of them while they are few. */
export function periodsToChoose(ranges: OfferedTerms['periods'], also?: Period): Period[] {
  const all = ranges.flatMap(({ unit, least, most }) =>
    Array.from({ length: most - least + 1 }, (_, index) => ({ unit, count: least + index })),
  )
  const chosen =
    all.length <= FEW ? all : all.filter(({ unit, count }) => unit === 'months' || USUAL_DAYS.includes(count))
  if (!also || chosen.some((one) => periodKey(one) === periodKey(also))) return chosen
  return [also, ...chosen]
}

/** `30d`, `1m`: as a period stands in an address. */
export function periodKey({ unit, count }: Period): string {
  return `${count}${unit === 'days' ? 'd' : 'm'}`
}

/** A period as forms write it (`30d`, `2m`); undefined for anything else. */
export function periodIn(text: string | null | undefined): Period | undefined {
  const [, count, unit] = /^(\d{1,3})([dm])$/.exec(text ?? '') ?? []
  return count === undefined ? undefined : { unit: unit === 'd' ? 'days' : 'months', count: Number(count) }
}
