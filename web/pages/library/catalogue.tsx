import { createHash } from 'node:crypto'
import { BOOK_SORTS, type BookQuery, type BookSummary } from '../../../src/library/book/index.ts'
import { dayText } from '../../ui/format.ts'
import { Nothing, Pager } from '../../ui/parts.tsx'
import { type Shown, shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import type { Library } from '../frame/world.ts'
import { bookQueryOf, booksPickedBy } from './book-query.ts'
import { coverSources } from './covers.ts'

interface Found {
  books: readonly BookSummary[]
  totalElements: number
  /** By id of the book: when the next copy is due, of those of which none is here. */
  due: ReadonlyMap<string, string>
}

/** The catalogue: search, subjects, and of every title what is on the shelf now. */
export function cataloguePage(site: Site, { books, lending }: Library): void {
  const { mostListed } = books.pages
  site.open(
    '/library',
    async (visit) => {
      const query = bookQueryOf(visit.query, mostListed)
      const list = await books.pages.list(query)
      const out = list.books.filter(({ available }) => available === 0).map(({ id }) => id)
      const found: Found = { ...list, due: await lending.pages.nextDue(out) }
      return kept(tagOf(found), () => listOf(visit, query, found, mostListed))
    },
    { read: (query) => booksPickedBy(bookQueryOf(query, mostListed)) },
  )
}

/** Stock is read for every visit; the page is made anew when it says something else. */
function tagOf({ due, ...found }: Found): string {
  return createHash('sha1')
    .update(JSON.stringify([found, ...due]))
    .digest('base64url')
}

function listOf(visit: Visit, query: BookQuery, { books, totalElements, due }: Found, most: number): Shown {
  const { library } = visit.words
  const title = query.keyword
    ? library.found(query.keyword)
    : query.kdc === undefined
      ? library.title
      : classText(visit, query.kdc)
  return shown({
    title,
    inLibrary: true,
    description: `${title} · ${library.lead}`,
    ...(query.keyword ? { keyword: query.keyword } : {}),
    body: (
      <div className="wide list-page">
        <div className="list-head">
          <h1>{title}</h1>
          <p className="quiet">{library.count(totalElements, totalElements >= most)}</p>
          <p className="heading-more">
            <a href={visit.to('/library/guide')}>{library.toGuide}</a>{' '}
            <a href={visit.to('/library/my')}>{library.toMine}</a>
          </p>
        </div>
        <BookFilters visit={visit} query={query} />
        <div className="list-body">
          {books.length === 0 ? (
            <Nothing
              title={library.none}
              hint={library.noneHint}
              action={
                <a className="button" href={visit.to('/library')}>
                  {library.toSearch}
                </a>
              }
            />
          ) : (
            <ul className="books">
              {books.map((book) => (
                <BookRow key={book.id} visit={visit} book={book} due={due.get(book.id)} />
              ))}
            </ul>
          )}
          <Pager
            visit={visit}
            page={query.page}
            pages={Math.ceil(Math.min(totalElements, most) / query.size)}
            href={(page) => visit.to(`/library?${booksPickedBy({ ...query, page })}`)}
          />
        </div>
      </div>
    ),
  })
}

/** The name of a main class. */
export function classText({ words }: Visit, kdc: string): string {
  const names: Readonly<Record<string, string>> = words.library.kdc
  return names[kdc.slice(0, 1)] ?? words.library.allClasses
}

function BookFilters({ visit, query }: { visit: Visit; query: BookQuery }) {
  const { library } = visit.words
  return (
    <form className="filters filters-short" action={visit.to('/library')} method="get" data-auto-submit="">
      {query.keyword && <input type="hidden" name="keyword" value={query.keyword} />}
      <label>
        <span>{library.classes}</span>
        <select name="class" defaultValue={query.kdc ?? ''}>
          <option value="">{library.allClasses}</option>
          {Object.entries(library.kdc).map(([digit, name]) => (
            <option key={digit} value={digit}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{library.sort}</span>
        <select name="sort" defaultValue={query.sort}>
          {BOOK_SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {library.sorts[sort]}
            </option>
          ))}
        </select>
      </label>
      <label className="tick">
        <input type="checkbox" name="available" value="1" defaultChecked={query.available === true} />
        <span>{library.onlyAvailable}</span>
      </label>
      <p className="actions only-plain">
        <button className="button small" type="submit">
          {library.apply}
        </button>
        <a className="button plain small" href={visit.to('/library')}>
          {library.reset}
        </a>
      </p>
    </form>
  )
}

function BookRow({ visit, book, due }: { visit: Visit; book: BookSummary; due: string | undefined }) {
  return (
    <li className="book">
      <img {...coverSources(book, 72)} alt="" width="72" height="102" loading="lazy" />
      <div className="book-text">
        <a className="name" href={visit.to(`/library/books/${book.id}`)} lang="ko">
          {book.title}
        </a>
        <p className="quiet" lang="ko">
          {[book.author, book.publisher, book.year].filter(Boolean).join(' · ')}
        </p>
        <p className="quiet">
          {visit.words.library.callNumber} <span lang="ko">{book.callNumber}</span>
        </p>
        <p className="badges">
          <Availability visit={visit} available={book.available} waiting={book.waiting} due={due} />
        </p>
      </div>
    </li>
  )
}

/** What is on the shelf, else when the next copy is due; and how many wait. */
export function Availability({
  visit,
  available,
  waiting,
  due,
}: {
  visit: Visit
  available: number
  waiting: number
  due: string | undefined
}) {
  const { library } = visit.words
  return (
    <>
      {available > 0 ? (
        <span className="badge">{library.canBorrow(available)}</span>
      ) : (
        <span className="badge plain">
          {library.allOut}
          {due !== undefined && ` · ${library.dueNext(dayText(due, visit.language))}`}
        </span>
      )}
      {waiting > 0 && <span className="badge wait">{library.waiting(waiting)}</span>}
    </>
  )
}
