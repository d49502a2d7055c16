import { randomUUID } from 'node:crypto'
import type { HoldView } from '../../../src/library/book/index.ts'
import type { Lending, LoanView } from '../../../src/library/borrow/index.ts'
import type { Dashboard } from '../../../src/library/dashboard/index.ts'
import { dayText, momentText, wonText } from '../../ui/format.ts'
import { Amount, Nothing, Notice } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import type { Visit } from '../frame/visit.ts'
import { coverOf } from './covers.ts'

/** Everything of one's own in the library, at one moment. */
export interface Mine {
  dashboard: Dashboard
  /** Since when news have been on their way for longer than is usual; the numbers do not have them yet. */
  behindSince: string | undefined
  loans: readonly LoanView[]
  holds: readonly HoldView[]
  fees: Awaited<ReturnType<Lending['pages']['fees']>>
  /** The number on the member card; undefined until the library has heard of the account. */
  card: string | undefined
  today: Temporal.PlainDate
}

const MOST_NEWS = 8
const MOST_FEES = 20

/**
 * One's own page. What may change by itself stands in parts of their own (`data-fresh`), so that a script can put new
 * ones in their place without taking anything out of the reader's hands.
 */
export function pageOfMine(
  visit: Visit,
  mine: Mine,
  said: { done?: string; trouble?: readonly string[]; status?: number },
): Shown {
  const { mine: words } = visit.words.library
  return shown({
    title: words.title,
    status: said.status ?? 200,
    inLibrary: true,
    tab: 'my',
    live: '/library/my/stream',
    address: '/library/my',
    body: (
      <div className="wide">
        <div className="heading-row">
          <h1>{words.title}</h1>
          <a href={visit.to('/library')}>{visit.words.library.toSearch}</a>
        </div>
        {said.trouble?.map((text) => (
          <Notice key={text} kind="wrong">
            {text}
          </Notice>
        ))}
        {said.done && <Notice kind="done">{said.done}</Notice>}
        {mine.card !== undefined && (
          <p>
            {words.card} <strong>{mine.card}</strong>
          </p>
        )}
        <Numbers visit={visit} mine={mine} />
        <section aria-labelledby="loans-title">
          <h2 id="loans-title">{words.loans}</h2>
          <div id="loans" data-fresh="">
            {mine.loans.length === 0 ? (
              <Nothing
                title={words.noLoans}
                hint={words.noLoansHint}
                action={
                  <a className="button" href={visit.to('/library')}>
                    {visit.words.library.toSearch}
                  </a>
                }
              />
            ) : (
              <ul className="cards">
                {mine.loans.map((loan) => (
                  <Loan key={loan.id} visit={visit} loan={loan} today={mine.today} />
                ))}
              </ul>
            )}
          </div>
        </section>
        <div id="holds" data-fresh="">
          {mine.holds.length > 0 && <Holds visit={visit} holds={mine.holds} />}
        </div>
        <div className="two">
          <div id="news" data-fresh="">
            <News visit={visit} dashboard={mine.dashboard} />
          </div>
          <div id="fees" data-fresh="">
            {mine.fees.entries.length > 0 && <Fees visit={visit} fees={mine.fees} />}
          </div>
        </div>
        <p>
          <a href={visit.to('/library/past')}>{words.over}</a>
        </p>
      </div>
    ),
  })
}

/** The numbers of the dashboard, and of when they are. */
function Numbers({ visit, mine: { dashboard, behindSince, fees } }: { visit: Visit; mine: Mine }) {
  const { words, language } = visit
  const { mine, copies } = words.library
  const { borrowed, pending, overdue, lateFees, revision, asOf } = dashboard
  const numbers: readonly [string, string, boolean][] = [
    [mine.borrowed, copies(borrowed), false],
    [mine.pending, copies(pending), false],
    [mine.overdue, copies(overdue), overdue > 0],
    [mine.lateFees, wonText(lateFees, language), false],
    [mine.owed, wonText(Math.max(0, fees.balance), language), fees.balance > 0],
  ]
  return (
    <section aria-label={mine.numbers}>
      <dl className="numbers" id="numbers" data-fresh="" data-revision={revision}>
        {numbers.map(([term, value, isBad]) => (
          <div key={term} className={isBad ? 'bad' : undefined}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div className="as-of">
          <dt className="unseen">{mine.numbers}</dt>
          <dd>
            {asOf === null ? mine.never : mine.asOf(momentText(asOf, language))}
            {behindSince !== undefined && <strong> {mine.behind(momentText(behindSince, language))}</strong>}
          </dd>
        </div>
      </dl>
      {/* Says whether the numbers follow by themselves; empty without scripts, when they do not. */}
      <p className="live" id="live" data-on={mine.live} data-off={mine.paused} />
    </section>
  )
}

function daysUntil(dueOn: string, today: Temporal.PlainDate): number {
  return today.until(dueOn, { largestUnit: 'days' }).days
}

function Loan({ visit, loan, today }: { visit: Visit; loan: LoanView; today: Temporal.PlainDate }) {
  const { words, language } = visit
  const { mine } = words.library
  const isRunning = loan.state === 'active' || loan.state === 'overdue'
  const days = daysUntil(loan.dueOn, today)
  return (
    <li className="box loan">
      <img src={coverOf(loan.book.id)} alt="" width="72" height="102" loading="lazy" />
      <div className="loan-text">
        <p className="card-head">
          <a className="name" href={visit.to(`/library/books/${loan.book.id}`)} lang="ko">
            {loan.book.title ?? mine.untitled}
          </a>
          <span className={`state ${loan.state}`}>{mine.states[loan.state]}</span>
        </p>
        {isRunning ? (
          <>
            <p>
              <strong className={days < 0 ? 'late' : undefined}>
                {days < 0 ? mine.daysLate(-days) : mine.daysLeft(days)}
              </strong>{' '}
              <span className="quiet">
                {[
                  mine.due(dayText(loan.dueOn, language)),
                  mine.out(loan.out, loan.quantity),
                  loan.renewals > 0 ? mine.renewals(loan.renewals) : '',
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </p>
            {loan.wouldBe && <p className="late">{mine.wouldBe(wonText(loan.wouldBe.fee, language))}</p>}
            <LoanForms visit={visit} loan={loan} />
          </>
        ) : (
          <>
            <p className="quiet">{mine.asked(loan.quantity)}</p>
            <p>{loan.state === 'pending' ? mine.pendingText : mine.cancellingText}</p>
            {loan.state === 'pending' && (
              <form action={visit.to(`/library/loans/${loan.id}/cancel`)} method="post" data-once="">
                <button className="button plain small" type="submit">
                  {mine.cancel}
                </button>
              </form>
            )}
          </>
        )}
      </div>
    </li>
  )
}

/** Names the wish of a form: of this loan as it stands. A loan that has changed meanwhile needs a new wish. */
function wishKey(loan: LoanView, what: string): string {
  return `${what}-${loan.id}-${loan.dueOn}-${loan.returned}`
}

function LoanForms({ visit, loan }: { visit: Visit; loan: LoanView }) {
  const { mine } = visit.words.library
  return (
    <div className="actions">
      {loan.state === 'active' && (
        <form action={visit.to(`/library/loans/${loan.id}/renew`)} method="post" data-once="">
          <input type="hidden" name="key" value={wishKey(loan, 'renew')} />
          <button className="button plain small" type="submit">
            {mine.renew}
          </button>
        </form>
      )}
      {/* Two taps: a return cannot be undone, and may cost a fee. */}
      <details className="give-back">
        <summary className="button plain small">{mine.giveBack}</summary>
        <form action={visit.to(`/library/loans/${loan.id}/return`)} method="post" data-once="">
          <input type="hidden" name="key" value={wishKey(loan, 'return')} />
          {loan.out > 1 ? (
            <label className="inline">
              <span>{mine.giveBackCount}</span>
              <select name="copies" defaultValue={loan.out}>
                {Array.from({ length: loan.out }, (_, index) => index + 1).map((count) => (
                  <option key={count} value={count}>
                    {visit.words.library.copies(count)}
                  </option>
                ))}
              </select>
            </label>
          ) : (
            <input type="hidden" name="copies" value="1" />
          )}
          <button className="button small" type="submit">
            {mine.giveBackDo}
          </button>
        </form>
      </details>
    </div>
  )
}

function Holds({ visit, holds }: { visit: Visit; holds: readonly HoldView[] }) {
  const { mine } = visit.words.library
  return (
    <section aria-labelledby="holds-title">
      <h2 id="holds-title">{mine.holds}</h2>
      <ul className="cards">
        {holds.map((hold) => (
          <li key={hold.id} className="box loan">
            <img src={coverOf(hold.book.id)} alt="" width="72" height="102" loading="lazy" />
            <div className="loan-text">
              <p className="card-head">
                <a className="name" href={visit.to(`/library/books/${hold.book.id}`)} lang="ko">
                  {hold.book.title}
                </a>
                <span className={`state ${hold.state}`}>{mine.holdStates[hold.state]}</span>
              </p>
              <p className="quiet">
                {hold.shelfUntil === null
                  ? mine.ahead(hold.ahead ?? 0)
                  : mine.shelfUntil(dayText(hold.shelfUntil, visit.language))}
              </p>
              <div className="actions">
                {hold.state === 'shelved' && (
                  <form action={visit.to(`/library/books/${hold.book.id}/borrow`)} method="post" data-once="">
                    <input type="hidden" name="key" value={randomUUID()} />
                    <input type="hidden" name="copies" value="1" />
                    <button className="button small" type="submit">
                      {mine.collect}
                    </button>
                  </form>
                )}
                <form action={visit.to(`/library/holds/${hold.id}/cancel`)} method="post" data-once="">
                  <button className="button plain small" type="submit">
                    {mine.cancelHold}
                  </button>
                </form>
              </div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

function News({ visit, dashboard }: { visit: Visit; dashboard: Dashboard }) {
  const { words, language } = visit
  const { mine } = words.library
  if (dashboard.history.length === 0) return null
  return (
    <section className="box" aria-labelledby="news-title">
      <h2 id="news-title">{mine.happened}</h2>
      <ul className="lines-list">
        {dashboard.history.slice(0, MOST_NEWS).map(({ loanId, what, title, at, copies, fee }) => (
          <li key={`${loanId} ${what} ${at}`}>
            <p>
              <span lang="ko">{title ?? mine.untitled}</span>
              {copies !== null && ` · ${words.library.copies(copies)}`}
            </p>
            <p className="quiet">
              {mine.events[what]}
              {fee !== null && fee > 0 && ` ${mine.feeKinds.late_fee} ${wonText(fee, language)}.`}{' '}
              {momentText(at, language)}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

const TAKES: readonly string[] = ['refund', 'payment', 'waiver']

function Fees({ visit, fees }: { visit: Visit; fees: Mine['fees'] }) {
  const { words, language } = visit
  const { mine } = words.library
  return (
    <section className="box" aria-labelledby="fees-title">
      <h2 id="fees-title">{mine.fees}</h2>
      <ul className="lines-list">
        {fees.entries.slice(0, MOST_FEES).map(({ id, kind, amount, at }) => (
          <li key={id} className="card-head">
            <span>
              {mine.feeKinds[kind]} <span className="quiet">{dayText(at, language)}</span>
            </span>
            <strong>
              {TAKES.includes(kind) && '−'}
              <Amount won={amount} language={language} />
            </strong>
          </li>
        ))}
      </ul>
      {fees.balance > 0 && <p className="quiet">{mine.payAtDesk}</p>}
    </section>
  )
}
