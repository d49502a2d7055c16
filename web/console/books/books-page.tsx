import { Link } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/call.ts'
import type { Column, Filter } from '../table/columns.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { booksWords } from './words.ts'

type Book = AnswerOf<'GET /api/books'>['data'][number]

const keyOf = ({ id }: Book) => id
const SORTS = ['newest', 'title'] as const

/** Every title that is lent, with live stock. */
export function BooksPage() {
  const t = useWords(booksWords)
  const columns: Column<Book>[] = [
    { id: 'title', header: t.book, text: ({ title }) => title, sort: { up: 'title' } },
    { id: 'author', header: t.author, text: ({ author }) => author },
    { id: 'publisher', header: t.publisher, text: ({ publisher }) => publisher },
    { id: 'year', header: t.year, text: ({ year }) => year ?? '', isNumeric: true },
    { id: 'isbn', header: t.isbn, text: ({ isbn }) => isbn ?? '' },
    { id: 'callNumber', header: t.callNumber, text: ({ callNumber }) => callNumber },
    { id: 'available', header: t.available, text: ({ available }) => available, isNumeric: true },
    { id: 'waiting', header: t.waiting, text: ({ waiting }) => waiting, isNumeric: true },
  ]
  const filters: Filter[] = [
    { name: 'keyword', label: t.keyword, kind: 'text' },
    {
      name: 'available',
      label: t.available,
      kind: 'choice',
      choices: [
        { value: 'true', label: t.yes },
        { value: 'false', label: t.no },
      ],
    },
  ]
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <Link to="/books/new" className="button main">
            {t.add}
          </Link>
          <Link to="/books/import" className="button">
            {t.import}
          </Link>
        </div>
      </div>
      <ServerTable
        name="books"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOf}
        linkOf={({ id }) => `/books/${id}`}
        live={['library.book.']}
        load={({ page, size, sort, filter }) => {
          const available = filter('available')
          return call('GET /api/books', {
            query: {
              page,
              size,
              sort: SORTS.find((one) => one === sort),
              keyword: filter('keyword'),
              available: available === undefined ? undefined : available === 'true',
            },
          })
        }}
      />
    </div>
  )
}
