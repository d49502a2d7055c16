import { createHash } from 'node:crypto'
import type { LendingGuide } from '../../../src/library/borrow/index.ts'
import { dayText, wonText } from '../../ui/format.ts'
import { Facts } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import type { Library } from '../frame/world.ts'

type Rules = LendingGuide['rules']

const CATEGORIES = ['adult', 'child', 'staff'] as const

/** What readers should know before they borrow: how many, how long, what it costs to be late. */
export function guidePage(site: Site, { lending }: Library): void {
  site.open('/library/guide', async (visit) => {
    const guide = await lending.pages.guide()
    return kept(createHash('sha1').update(JSON.stringify(guide)).digest('base64url'), () =>
      pageOfGuide(visit, guide),
    )
  })
}

function pageOfGuide(visit: Visit, { rules, next, opening, closed }: LendingGuide): Shown {
  const { library } = visit.words
  const { guide } = library
  return shown({
    title: guide.title,
    inLibrary: true,
    description: guide.lead,
    body: (
      <div className="wide">
        <div className="heading-row">
          <h1>{guide.title}</h1>
          <a href={visit.to('/library')}>{library.toSearch}</a>
        </div>
        <p>{guide.lead}</p>
        <RulesBoxes visit={visit} rules={rules} />
        <Closed visit={visit} opening={opening} closed={closed} />
        {next && (
          <section aria-labelledby="next-title">
            <h2 id="next-title">{guide.next(dayText(next.from, visit.language))}</h2>
            <p>{guide.nextText}</p>
            <RulesBoxes visit={visit} rules={next.rules} />
          </section>
        )}
      </div>
    ),
  })
}

function Closed({ visit, opening, closed }: { visit: Visit } & Pick<LendingGuide, 'opening' | 'closed'>) {
  const { guide } = visit.words.library
  const always = [
    ...opening.closedWeekdays.map((weekday) => guide.weekdays[weekday - 1]),
    ...(opening.closedOnHolidays ? [guide.holidays] : []),
  ]
  const openings = opening.days.filter(({ isOpen }) => isOpen)
  return (
    <section className="box" aria-labelledby="closed-title">
      <h2 id="closed-title">{guide.closed}</h2>
      <Facts rows={[[guide.always, always.join(', ')]]} />
      <h3>{guide.ahead}</h3>
      {closed.length === 0 ? <p>{guide.noneAhead}</p> : <Days visit={visit} days={closed} />}
      {openings.length > 0 && (
        <>
          <h3>{guide.openings}</h3>
          <Days visit={visit} days={openings} />
        </>
      )}
    </section>
  )
}

function Days({ visit, days }: { visit: Visit; days: LendingGuide['closed'] }) {
  return (
    <ul>
      {days.map(({ day, reason }) => (
        <li key={day}>
          {dayText(day, visit.language)} {reason !== null && <span lang="ko">{reason}</span>}
        </li>
      ))}
    </ul>
  )
}

function RulesBoxes({ visit: { words, language }, rules }: { visit: Visit; rules: Rules }) {
  const { guide, copies } = words.library
  const { lateFee } = rules
  const won = (amount: number) => wonText(amount, language)
  const fees = lateFee.bands.map(({ fromDay, fee }, index): [string, string] => {
    const next = lateFee.bands[index + 1]?.fromDay
    const days = next === undefined ? guide.daysFrom(fromDay) : guide.daysOf(fromDay, next - 1)
    return [days, lateFee.mode === 'flat' ? won(fee) : guide.eachDay(won(fee))]
  })
  return (
    <div className="two">
      <section className="box">
        <h2>{guide.loans}</h2>
        <Facts
          rows={[
            ...CATEGORIES.map((category): [string, string] => [
              guide.limits[category],
              copies(rules.copiesPerPatron[category]),
            ]),
            [guide.period, guide.days(rules.loanDays)],
            [guide.renewals, rules.renewals === 0 ? guide.noRenewals : guide.times(rules.renewals)],
          ]}
        />
        <p className="quiet">{guide.dueText}</p>
      </section>
      <section className="box">
        <h2>{guide.fees}</h2>
        <Facts rows={[...fees, [guide.cap, lateFee.mode === 'marginal' ? won(lateFee.cap) : null]]} />
        <p className="quiet">{guide.feeText}</p>
        <p className="quiet">
          {guide.lostText(
            guide.days(rules.lostAfterDays),
            won(rules.replacementPerCopy),
            guide.days(rules.refundFoundWithinDays),
          )}
        </p>
      </section>
    </div>
  )
}
