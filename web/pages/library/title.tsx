import { randomUUID } from 'node:crypto'
import { type BookView, type HoldView, subjectsIn } from '../../../src/library/book/index.ts'
import type { LoanView } from '../../../src/library/borrow/index.ts'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { dayText } from '../../ui/format.ts'
import { Facts, Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import type { Library } from '../frame/world.ts'
import { structuredBook } from '../shop/structured.ts'
import { booksPickedBy } from './book-query.ts'
import { Availability, classText } from './catalogue.tsx'
import { coverSources } from './covers.ts'

/** As many as one can carry; the rules of the library allow fewer. */
const MOST_COPIES = 10
const MOST_OWN = 100

/** What a page about a title says: of the title, and of whoever looks. */
interface Seen {
  book: BookView
  due: string | undefined
  loanDays: number
  hold: HoldView | undefined
  loans: readonly LoanView[]
  trouble?: readonly string[]
}

/** A title: what of it is here, and how to have it. */
export function titlePages(site: Site, library: Library): void {
  site.personal('GET', '/library/books/:id', async (visit) => {
    const actor = await site.browser.identify(visit.request)
    return pageAbout(site, library, visit, typeof actor === 'object' ? actor : undefined)
  })
  site.signedIn('POST', '/library/books/:id/borrow', async (visit, actor) => {
    const bookId = idOf(visit.params.id)
    if (bookId === undefined) return refused('not_found')
    const copies = Number(visit.form.get('copies') ?? 1)
    if (!Number.isSafeInteger(copies) || copies < 1 || copies > MOST_COPIES) {
      return pageAbout(site, library, visit, actor, { trouble: [visit.words.errors.check], status: 422 })
    }
    const result = await library.lending.pages.borrow({
      actor,
      idempotencyKey: keyIn(visit.form),
      asked: { bookId, copies },
    })
    if (result.kind === 'answered') return to('/library/my?done=borrowed')
    return pageAbout(site, library, visit, actor, { trouble: sayingsOf(site, visit, result), status: 409 })
  })
  site.signedIn('POST', '/library/books/:id/hold', async (visit, actor) => {
    const bookId = idOf(visit.params.id)
    if (bookId === undefined) return refused('not_found')
    const result = await library.books.pages.hold({ actor, bookId, idempotencyKey: keyIn(visit.form) })
    if (result.kind === 'answered') return to('/library/my?done=held')
    if (result.code === 'not_found') return result
    return pageAbout(site, library, visit, actor, { trouble: sayingsOf(site, visit, result), status: 409 })
  })
}

/** All that stands against a wish, or what the refusal says as a whole. */
export function sayingsOf(site: Site, visit: Visit, refusal: Refused): readonly string[] {
  const each = (refusal.errors ?? []).map(({ message }) => visit.say(message))
  return each.length > 0 ? each : [site.saying(visit, refusal)]
}

async function pageAbout(
  { world: { settings } }: Site,
  { books, lending }: Library,
  visit: Visit & { params: Readonly<Record<string, string>> },
  actor: Actor | undefined,
  { trouble, status = 200 }: { trouble?: readonly string[]; status?: number } = {},
): Promise<PageAnswer | Refused> {
  const bookId = idOf(visit.params.id)
  const book = bookId === undefined ? undefined : await books.pages.get(bookId)
  if (!book) return refused('not_found')
  const [due, rules, holds, own] = await Promise.all([
    lending.pages.nextDue([book.id]),
    lending.pages.rules(),
    actor ? books.pages.holds(actor) : [],
    actor ? lending.pages.list(actor, { open: true, page: 1, size: MOST_OWN }) : { loans: [] },
  ])
  const seen: Seen = {
    book,
    due: due.get(book.id),
    loanDays: rules.loanDays,
    hold: holds.find((hold) => hold.book.id === book.id),
    loans: own.loans.filter((loan) => loan.book.id === book.id),
    ...(trouble ? { trouble } : {}),
  }
  return shown({
    title: book.title,
    status,
    inLibrary: true,
    ...(actor ? { reader: actor } : {}),
    structured: structuredBook(settings, visit, book),
    description: [book.author, book.publisher, book.year, visit.words.library.title]
      .filter(Boolean)
      .join(' · '),
    body: <Title visit={visit} seen={seen} />,
  })
}

function Title({ visit, seen }: { visit: Visit; seen: Seen }) {
  const { library } = visit.words
  const { book, due, trouble } = seen
  const { stock } = book
  return (
    <article className="wide book-page">
      <img
        className="cover"
        {...coverSources(book, 240)}
        alt=""
        width="240"
        height="340"
        fetchPriority="high"
      />
      <div className="book-head">
        <p className="item-kinds">
          <a href={visit.to(`/library?class=${book.kdc.slice(0, 1)}`)}>{classText(visit, book.kdc)}</a>
        </p>
        <h1 lang="ko">{book.title}</h1>
        <p className="quiet" lang="ko">
          {[book.author, book.publisher, book.year].filter(Boolean).join(' · ')}
        </p>
        <p className="badges">
          <Availability visit={visit} available={stock.available} waiting={stock.waiting} due={due} />
        </p>
        {trouble?.map((text) => (
          <Notice key={text} kind="wrong">
            {text}
          </Notice>
        ))}
        {book.state === 'withdrawn' ? (
          <Notice kind="wait">{library.withdrawn}</Notice>
        ) : (
          <Wishes visit={visit} seen={seen} />
        )}
      </div>
      <div className="two book-facts">
        <section className="box">
          <h2>{library.stock}</h2>
          <Facts
            rows={[
              [library.stockRows.available, library.copies(stock.available)],
              [library.stockRows.onLoan, library.copies(stock.onLoan)],
              [library.stockRows.onShelf, stock.onShelf > 0 ? library.copies(stock.onShelf) : null],
              [library.stockRows.damaged, stock.damaged > 0 ? library.copies(stock.damaged) : null],
              [library.stockRows.lost, stock.lost > 0 ? library.copies(stock.lost) : null],
              [library.stockRows.waiting, library.people(stock.waiting)],
            ]}
          />
        </section>
        <section className="box">
          <h2>{visit.words.item.details}</h2>
          <Facts
            rows={[
              [library.author, book.author],
              [library.publisher, book.publisher],
              [library.year, book.year],
              [library.series, seriesOf(visit, book)],
              [library.edition, book.edition],
              [library.extent, book.extent],
              [library.isbn, book.isbn],
              [library.callNumber, book.callNumber],
              [library.subject, classText(visit, book.kdc)],
              [library.keywords, subjectsOf(book)],
            ]}
          />
        </section>
      </div>
    </article>
  )
}

/** Its name leads to what else of it the library has. */
function seriesOf(visit: Visit, { series, seriesVolume }: BookView) {
  if (series === '') return null
  return (
    <>
      <a lang="ko" href={visit.to(`/library?${booksPickedBy({ keyword: series })}`)}>
        {series}
      </a>
      {seriesVolume !== '' && ` ; ${seriesVolume}`}
    </>
  )
}

/** Each on a line of its own; what divides a heading further stands behind it (`한국--역사` is 한국 › 역사). */
function subjectsOf({ subjects }: BookView) {
  const each = subjectsIn(subjects)
  if (each.length === 0) return null
  return (
    <ul className="plain-list">
      {each.map((subject) => (
        <li key={subject} lang="ko">
          {subject.split(/\s*--\s*/).join(' › ')}
        </li>
      ))}
    </ul>
  )
}

/** What can be done about a title now, and what of it is under way already. */
function Wishes({ visit, seen: { book, hold, loans, loanDays } }: { visit: Visit; seen: Seen }) {
  const { library } = visit.words
  const { stock } = book
  const isReady = hold?.state === 'shelved'
  const most = Math.min(MOST_COPIES, stock.available + (isReady ? 1 : 0))
  const has = loans.reduce((sum, { out }) => sum + out, 0)
  return (
    <>
      {has > 0 && <Notice kind="done">{library.youHave(has)}</Notice>}
      {loans.some(({ state }) => state === 'pending') && <Notice kind="wait">{library.youAsked}</Notice>}
      {hold?.state === 'waiting' && <Notice kind="wait">{library.youWait(hold.ahead ?? 0)}</Notice>}
      {hold?.shelfUntil && (
        <Notice kind="done">{library.readyForYou(dayText(hold.shelfUntil, visit.language))}</Notice>
      )}
      {most > 0 ? (
        <form
          className="buy"
          action={visit.to(`/library/books/${book.id}/borrow`)}
          method="post"
          data-once=""
        >
          <input type="hidden" name="key" value={randomUUID()} />
          <div className="borrow-row">
            <label className="quantity" htmlFor="copies">
              <span>{library.quantity}</span>
              <span className="stepper" data-fewer={visit.words.item.fewer} data-more={visit.words.item.more}>
                <input
                  type="number"
                  id="copies"
                  name="copies"
                  defaultValue={1}
                  min={1}
                  max={most}
                  required
                  inputMode="numeric"
                />
              </span>
            </label>
            <button className="button" type="submit">
              {library.borrowDo}
            </button>
          </div>
          <p className="quiet">
            {library.loanDays(loanDays)} <a href={visit.to('/library/guide')}>{library.toGuide}</a>
          </p>
        </form>
      ) : (
        hold === undefined && (
          <form
            className="buy"
            action={visit.to(`/library/books/${book.id}/hold`)}
            method="post"
            data-once=""
          >
            <input type="hidden" name="key" value={randomUUID()} />
            <p>{library.holdText(stock.waiting)}</p>
            <button className="button" type="submit">
              {library.hold}
            </button>
          </form>
        )
      )}
      {(has > 0 || loans.length > 0 || hold !== undefined) && (
        <p>
          <a href={visit.to('/library/my')}>{library.toMine}</a>
        </p>
      )}
    </>
  )
}
