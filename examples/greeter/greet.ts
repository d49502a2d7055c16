import type { DatabaseSync } from 'node:sqlite'

/** The members that are used here; `needs.json` says the same to those who publish them. */
interface Loan {
  patronId: string
  bookId: string
  title?: string | null
}
interface Book {
  bookId: string
  title: string
  kdc: string
}
export interface Heard {
  id: string
  type: string
  schemaversion: number
  subjectversion: number
  data: { loan: Loan; book: Book }
}

const KNOWN_VERSION = 1

/** What an event leads to here. Types that are not needed lead to nothing; a version not known is put aside. */
export function hear(db: DatabaseSync, event: Heard): void {
  const effect = EFFECTS[event.type]
  if (!effect) return
  if (event.schemaversion === KNOWN_VERSION) effect(db, event)
  else db.prepare('insert into unread values (?, ?)').run(event.id, JSON.stringify(event))
}

const EFFECTS: Readonly<Record<string, (db: DatabaseSync, event: Heard) => void>> = {
  'library.loan.activated': greet,
  'library.loan.returned': suggest,
  'library.book.registered': (db, event) => keepBook(db, event, true),
  'library.book.changed': (db, event) => keepBook(db, event, true),
  'library.book.withdrawn': (db, event) => keepBook(db, event, false),
}

/** The first copies a patron takes home, of whatever book, are greeted; later ones are only remembered. */
function greet(db: DatabaseSync, { id, data: { loan } }: Heard): void {
  const { patronId, bookId, title } = loan
  db.prepare('insert into reader values (?, ?) on conflict do nothing').run(patronId, bookId)
  const words = `처음 오셨네요! ${title ? `『${title}』` : '책'}, 즐겁게 읽으세요. / Welcome, enjoy ${title ?? 'your book'}.`
  db.prepare('insert into greeting values (?, ?, ?) on conflict do nothing').run(patronId, id, words)
}

/** After a return another book of the same class; while none is known, as soon as one is. */
function suggest(db: DatabaseSync, { id, data: { loan } }: Heard): void {
  const { patronId, bookId } = loan
  db.prepare('insert into reader values (?, ?) on conflict do nothing').run(patronId, bookId)
  db.prepare('insert into suggestion values (?, ?, ?, null, null)').run(id, patronId, bookId)
  fillSuggestions(db)
}

/** Books and loans come by different topics, in no order between them. */
function keepBook(db: DatabaseSync, { subjectversion, data: { book } }: Heard, lent: boolean): void {
  db.prepare(
    `insert into book values (?, ?, ?, ?, ?)
     on conflict do update set title = excluded.title, kdc = excluded.kdc, version = excluded.version, lent = excluded.lent
     where excluded.version > book.version`,
  ).run(book.bookId, book.title, book.kdc, subjectversion, lent ? 1 : 0)
  fillSuggestions(db)
}

function fillSuggestions(db: DatabaseSync): void {
  const waiting = db
    .prepare('select event_id, patron_id, after_book from suggestion where book_id is null')
    .all()
  for (const { event_id, patron_id, after_book } of waiting) {
    const next = db
      .prepare(
        `select book.book_id, book.title from book join book as last on last.book_id = ?
         where book.lent = 1 and substr(book.kdc, 1, 1) = substr(last.kdc, 1, 1)
           and book.book_id not in (select book_id from reader where patron_id = ?)
         order by book.title, book.book_id limit 1`,
      )
      .get(String(after_book), String(patron_id))
    if (!next) continue
    const words = `다음에는 『${String(next.title)}』 어떠세요? / How about “${String(next.title)}” next?`
    db.prepare('update suggestion set book_id = ?, words = ? where event_id = ?').run(
      String(next.book_id),
      words,
      String(event_id),
    )
  }
}
