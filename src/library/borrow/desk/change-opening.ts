import { writeAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { MOST_CLOSED_DAYS } from '../../../platform/time/opening-calendar.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { publishOpening } from '../publish.ts'
import { firstOpening, longClosings, newlyClosed, type Opening } from '../rules/opening.ts'
import { countDueOn, currentOpening, insertOpening, type StoredOpening } from '../store/opening-store.ts'

/** So far ahead loans are due at the most, with every renewal a policy may allow left aside. */
const DAYS_LOOKED_AT = 366
const WEEKDAYS = 7
/** Single days are said that far ahead: what is later is a slip of the hand. */
const MOST_YEARS_AHEAD = 10

export interface OpeningChanged {
  kind: 'opening'
  opening: StoredOpening
  /** Loans due on days that the change has closed: what was told to patrons stays. */
  loansDueWhenClosed: number
}

/**
 * Says anew when the library is open. Due dates made from now on go by it; those that were told to patrons stay.
 * Days that are over are left out: they stand in the versions before.
 * Refusals: invalid_request (a day twice or too far ahead, closed on every weekday, closed for a year),
 * opening_changed_meanwhile with facts `{ version }`.
 * @param seen the version the editor saw
 */
export async function changeOpening(
  { db, clock, calendar }: LendingDeps,
  { seen, wanted, byId }: { seen: number; wanted: Opening; byId: string },
): Promise<OpeningChanged | Refused<'invalid_request' | 'opening_changed_meanwhile'>> {
  if (new Set(wanted.days.map(({ day }) => day)).size < wanted.days.length) return DAY_TWICE
  const closedWeekdays = [...new Set(wanted.closedWeekdays)].toSorted((a, b) => a - b)
  if (closedWeekdays.length === WEEKDAYS) return NEVER_OPEN
  const today = clock.today()
  const opening: StoredOpening = {
    version: seen + 1,
    closedWeekdays,
    closedOnHolidays: wanted.closedOnHolidays,
    days: wanted.days
      .filter(({ day }) => Temporal.PlainDate.compare(Temporal.PlainDate.from(day), today) >= 0)
      .toSorted((a, b) => (a.day < b.day ? -1 : 1)),
  }
  const last = opening.days.at(-1)?.day
  if (last !== undefined && last > today.add({ years: MOST_YEARS_AHEAD }).toString()) return tooFarAhead(last)
  const [endless] = longClosings(opening, today, MOST_CLOSED_DAYS)
  if (endless) return closedForAYear(endless.from)
  return transact<OpeningChanged | Refused<'opening_changed_meanwhile'>>(db, async (tx) => {
    const before = (await currentOpening(tx)) ?? { version: 0, ...firstOpening(calendar) }
    const at = clock.now()
    if (before.version !== seen || !(await insertOpening(tx, opening, at, byId))) {
      const version = (await currentOpening(tx))?.version ?? 0
      return refused('opening_changed_meanwhile', { facts: { version } })
    }
    await writeAudit(tx, at, {
      actorId: byId,
      action: 'opening.changed',
      subject: { type: 'opening', id: String(opening.version) },
      before: { ...before },
      after: { ...opening },
    })
    await publishOpening(tx, opening, at)
    const loansDueWhenClosed = await countDueOn(tx, newlyClosed(before, opening, today, DAYS_LOOKED_AT))
    return { kind: 'opening', opening, loansDueWhenClosed }
  })
}

const DAY_TWICE = refused('invalid_request', {
  errors: [
    {
      field: 'body.days',
      code: 'day_twice',
      message: { ko: '같은 날이 두 번 있습니다.', en: 'A day stands there twice.' },
    },
  ],
})

/** There would be no day on which a loan could be due, and every one would be refused. */
const NEVER_OPEN = refused('invalid_request', {
  errors: [
    {
      field: 'body.closedWeekdays',
      code: 'never_open',
      message: {
        ko: '모든 요일에 쉬면 반납일을 정할 수 없습니다. 한 요일은 열어 두세요.',
        en: 'Closed on every weekday, there is no day to return books on. Leave one of them open.',
      },
    },
  ],
})

const tooFarAhead = (day: string) =>
  refused('invalid_request', {
    errors: [
      {
        field: 'body.days',
        code: 'too_far_ahead',
        message: {
          ko: `${day}은(는) 너무 먼 날입니다. 앞으로 ${MOST_YEARS_AHEAD}년 안의 날만 둘 수 있습니다.`,
          en: `${day} is too far ahead: days are kept for the next ${MOST_YEARS_AHEAD} years.`,
        },
      },
    ],
  })

/** Whatever would be due meanwhile could not be lent, nor renewed. */
const closedForAYear = (from: string) =>
  refused('invalid_request', {
    errors: [
      {
        field: 'body.days',
        code: 'closed_for_a_year',
        message: {
          ko: `${from}부터 1년 동안 여는 날이 없으면 반납일을 정할 수 없어 대출과 연장이 모두 막힙니다. 그 안에 하루는 열어 두세요.`,
          en: `With no open day for a year from ${from}, no due date can be made, and nothing could be lent or renewed. Leave one day open.`,
        },
      },
    ],
  })
