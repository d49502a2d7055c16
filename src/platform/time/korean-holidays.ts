/**
 * Public holidays of Korea (관공서의 공휴일에 관한 규정), as data: the fixed days, and the days that follow the moon for
 * the years listed. Elections and days declared for once are not here; they are closed days a library names itself.
 */

interface Holiday {
  readonly name: string
  /** On which weekdays it earns a substitute (대체공휴일, article 3): 6 Saturday, 7 Sunday. */
  readonly substitutedOn: readonly number[]
}

const WEEKEND = [6, 7]
const SUNDAY = [7]
const NEVER: readonly number[] = []

const FIXED: readonly (Holiday & { month: number; day: number })[] = [
  { name: '신정', month: 1, day: 1, substitutedOn: NEVER },
  { name: '3·1절', month: 3, day: 1, substitutedOn: WEEKEND },
  { name: '어린이날', month: 5, day: 5, substitutedOn: WEEKEND },
  { name: '현충일', month: 6, day: 6, substitutedOn: NEVER },
  { name: '광복절', month: 8, day: 15, substitutedOn: WEEKEND },
  { name: '개천절', month: 10, day: 3, substitutedOn: WEEKEND },
  { name: '한글날', month: 10, day: 9, substitutedOn: WEEKEND },
  { name: '성탄절', month: 12, day: 25, substitutedOn: WEEKEND },
]

/** First day of the first lunar month, eighth of the fourth, fifteenth of the eighth. */
export const LUNAR: Readonly<Record<number, readonly [seollal: string, buddha: string, chuseok: string]>> = {
  2024: ['02-10', '05-15', '09-17'],
  2025: ['01-29', '05-05', '10-06'],
  2026: ['02-17', '05-24', '09-25'],
  2027: ['02-07', '05-13', '09-15'],
  2028: ['01-27', '05-02', '10-03'],
  2029: ['02-13', '05-20', '09-22'],
  2030: ['02-03', '05-09', '09-12'],
  2031: ['01-23', '05-28', '10-01'],
  2032: ['02-11', '05-16', '09-19'],
  2033: ['01-31', '05-06', '09-08'],
  2034: ['02-19', '05-25', '09-27'],
  2035: ['02-08', '05-15', '09-16'],
}

/** The public holidays of a year by date (ISO), substitutes included. Years without lunar data have the fixed days only. */
export function koreanHolidays(year: number): ReadonlyMap<string, string> {
  const days = [...fixedDays(year), ...lunarDays(year)]
  const holidays = new Map<string, string>()
  for (const { date, name } of days) holidays.set(date.toString(), name)
  for (const { date, name, substitutedOn } of days) {
    const shared = days.some((other) => other.name !== name && other.date.equals(date))
    // Two holidays on one day earn one substitute; the day of the constitution or New Year never does.
    const lost = substitutedOn.includes(date.dayOfWeek) || (shared && substitutedOn.length > 0)
    const alreadyGiven = shared && holidays.get(date.toString()) !== name
    if (lost && !alreadyGiven) holidays.set(nextFree(date, holidays).toString(), `대체공휴일(${name})`)
  }
  return holidays
}

function nextFree(date: Temporal.PlainDate, taken: ReadonlyMap<string, string>): Temporal.PlainDate {
  let day = date.add({ days: 1 })
  while (day.dayOfWeek > 5 || taken.has(day.toString())) day = day.add({ days: 1 })
  return day
}

type Day = Holiday & { date: Temporal.PlainDate }

function fixedDays(year: number): Day[] {
  return FIXED.map((holiday) => ({
    ...holiday,
    date: new Temporal.PlainDate(year, holiday.month, holiday.day),
  }))
}

function lunarDays(year: number): Day[] {
  const lunar = LUNAR[year]
  if (!lunar) return []
  const [seollal, buddha, chuseok] = lunar.map((day) => Temporal.PlainDate.from(`${year}-${day}`))
  if (!seollal || !buddha || !chuseok) return []
  const threeDays = (middle: Temporal.PlainDate, name: string) =>
    [-1, 0, 1].map((days) => ({ name, date: middle.add({ days }), substitutedOn: SUNDAY }))
  return [
    ...threeDays(seollal, '설날'),
    { name: '부처님오신날', date: buddha, substitutedOn: WEEKEND },
    ...threeDays(chuseok, '추석'),
  ]
}
