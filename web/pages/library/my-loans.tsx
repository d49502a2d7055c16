import type { Actor } from '../../../src/platform/http/actor.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { dayText, wonText } from '../../ui/format.ts'
import { Nothing, Pager } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, pageIn, type Visit } from '../frame/visit.ts'
import type { Library } from '../frame/world.ts'
import { coverOf } from './covers.ts'
import { type Mine, pageOfMine } from './mine.tsx'
import { sayingsOf } from './title.tsx'

const MOST_OPEN = 100
const PAGE_SIZE = 20
/** News that is on its way for no longer is as good as there. */
const USUAL_SECONDS = 5

/** One's own loans and holds, live; and what readers do about them. */
export function myLibraryPages(site: Site, library: Library): void {
  const { books, lending, dashboards } = library
  site.signedIn('GET', '/library/my', async (visit, actor) => {
    const done = doneText(visit)
    return pageOfMine(visit, await readMine(site, library, actor), done === undefined ? {} : { done })
  })
  site.stream('/library/my/stream', (request, reply, actor) =>
    dashboards.pages.stream(request, reply, actor.userId),
  )
  const wish = (
    path: string,
    done: string,
    ask: (about: {
      actor: Actor
      id: string
      visit: Visit
    }) => Promise<{ kind: 'answered' | 'loan' | 'hold' } | Refused>,
  ) =>
    site.signedIn('POST', path, async (visit, actor) => {
      const id = idOf(visit.params.id)
      const result = id === undefined ? refused('not_found') : await ask({ actor, id, visit })
      if (result.kind !== 'refused') return to(`/library/my?done=${done}`)
      if (result.code === 'not_found') return result
      const trouble = sayingsOf(site, visit, result)
      return pageOfMine(visit, await readMine(site, library, actor), { trouble, status: 409 })
    })
  // A loan of somebody else is not there for this page, also for librarians: they have a desk.
  const own = async (
    actor: Actor,
    id: string,
    act: () => Promise<{ kind: 'answered' | 'loan' } | Refused>,
  ) => {
    const loan = await lending.pages.get(actor, id)
    return 'kind' in loan ? loan : act()
  }
  wish('/library/loans/:id/renew', 'renewed', ({ actor, id, visit }) =>
    own(actor, id, () => lending.pages.renew({ actor, loanId: id, idempotencyKey: keyIn(visit.form) })),
  )
  wish('/library/loans/:id/return', 'returned', ({ actor, id, visit }) => {
    const copies = Number(visit.form.get('copies') ?? 1)
    if (!Number.isSafeInteger(copies) || copies < 1) return Promise.resolve(refused('too_many_copies'))
    return own(actor, id, () =>
      lending.pages.giveBack({ actor, loanId: id, idempotencyKey: keyIn(visit.form), asked: { copies } }),
    )
  })
  wish('/library/loans/:id/cancel', 'cancelled', ({ actor, id }) =>
    own(actor, id, () => lending.pages.cancel({ actor, loanId: id })),
  )
  wish('/library/holds/:id/cancel', 'unheld', async ({ actor, id }) => {
    const holds = await books.pages.holds(actor)
    return holds.some((hold) => hold.id === id)
      ? books.pages.cancelHold({ actor, holdId: id })
      : refused('not_found')
  })
  site.signedIn('GET', '/library/past', async (visit, actor) => pastOf(visit, library, actor))
}

function doneText({ words, query }: Visit): string | undefined {
  const texts = new Map<string | null, string>(Object.entries(words.library.mine.done))
  return texts.get(query.get('done'))
}

async function readMine(
  { world }: Site,
  { books, lending, dashboards }: Library,
  actor: Actor,
): Promise<Mine> {
  const [dashboard, open, holds, fees, card, untold] = await Promise.all([
    dashboards.pages.read(actor.userId),
    lending.pages.list(actor, { open: true, page: 1, size: MOST_OPEN }),
    books.pages.holds(actor),
    lending.pages.fees(actor),
    lending.pages.card(actor),
    // Lending of the release before cannot say it, and the page is worth more than this line.
    lending.pages.untoldSince().catch(() => undefined),
  ])
  // Due first in front; what is not settled yet before everything.
  const loans = open.loans.toSorted((a, b) => rank(a.state) - rank(b.state) || (a.dueOn < b.dueOn ? -1 : 1))
  const waiting = [dashboard.waitingSince, untold?.toString()].flatMap((at) => at ?? []).sort()[0]
  const since = waiting === undefined ? undefined : Temporal.Instant.from(waiting)
  const isBehind = since !== undefined && world.clock.now().since(since).total('seconds') > USUAL_SECONDS
  return {
    dashboard,
    behindSince: isBehind ? since.toString() : undefined,
    loans,
    holds,
    fees,
    card,
    today: world.clock.today(),
  }
}

function rank(state: string): number {
  return state === 'pending' || state === 'cancelling' ? 0 : 1
}

async function pastOf(visit: Visit, { lending }: Library, actor: Actor): Promise<PageAnswer> {
  const { words, language } = visit
  const { mine } = words.library
  const page = pageIn(visit.query, 500)
  const { loans, totalElements } = await lending.pages.list(actor, { open: false, page, size: PAGE_SIZE })
  return shown({
    title: mine.over,
    inLibrary: true,
    tab: 'my',
    body: (
      <div className="wide">
        <div className="heading-row">
          <h1>{mine.over}</h1>
          <a href={visit.to('/library/my')}>{mine.title}</a>
        </div>
        {loans.length === 0 ? (
          <Nothing title={mine.never} hint={mine.noLoansHint} />
        ) : (
          <ul className="books">
            {loans.map((loan) => (
              <li key={loan.id} className="book">
                <img src={coverOf(loan.book.id)} alt="" width="72" height="102" loading="lazy" />
                <div className="book-text">
                  <a className="name" href={visit.to(`/library/books/${loan.book.id}`)} lang="ko">
                    {loan.book.title ?? mine.untitled}
                  </a>
                  <p className="quiet">
                    {[
                      words.library.copies(loan.quantity),
                      dayText(loan.borrowedAt, language),
                      loan.closedAt === null ? '' : mine.closed(dayText(loan.closedAt, language)),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </p>
                  {loan.reason !== null && <p className="quiet">{mine.reasons[loan.reason]}</p>}
                  <p className="badges">
                    <span className={`state ${loan.state}`}>{mine.states[loan.state]}</span>
                    {loan.lateFees > 0 && (
                      <span className="badge wait">
                        {mine.feeKinds.late_fee} {wonText(loan.lateFees, language)}
                      </span>
                    )}
                    {loan.replacement !== null && loan.replacement > 0 && (
                      <span className="badge wait">
                        {mine.feeKinds.replacement} {wonText(loan.replacement, language)}
                      </span>
                    )}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
        <Pager
          visit={visit}
          page={page}
          pages={Math.ceil(totalElements / PAGE_SIZE)}
          href={(number) => visit.to(`/library/past?page=${number}`)}
        />
      </div>
    ),
  })
}
