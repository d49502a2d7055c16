import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call, type InputOf, newKey } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, type Tone } from '../frame/stamp.tsx'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { BookCover } from './book-cover.tsx'
import { booksWords } from './words.ts'

type Book = AnswerOf<'GET /api/books/:id'>
type Copy = AnswerOf<'GET /api/books/:id/copies'>['data'][number]
type Registration = InputOf<'POST /api/books'>['body']
type Described = Omit<Registration, 'copies' | 'cover'>

const MOST_COPIES = 1_000

/** A title: what the catalogue says of it, its copies, and its end. */
export function BookPage() {
  const t = useWords(booksWords)
  const { id } = useParams({ from: '/books/$id' })
  const client = useQueryClient()
  const book = useQuery({
    queryKey: ['book', id],
    queryFn: () => call('GET /api/books/:id', { params: { id } }),
    meta: { live: ['library.book.', 'library.hold.', 'library.loan.'] },
  })
  const copies = useQuery({
    queryKey: ['book', id, 'copies'],
    queryFn: () => call('GET /api/books/:id/copies', { params: { id } }),
    meta: { live: ['library.book.', 'library.hold.', 'library.loan.'] },
  })
  const changed = (text: string) => {
    say(text)
    void client.invalidateQueries({ queryKey: ['book', id] })
    void client.invalidateQueries({ queryKey: ['books'] })
  }
  if (!book.data)
    return (
      <div className="page">
        <h1>{t.title}</h1>
        {book.error ? <Failed error={book.error} again={() => void book.refetch()} /> : <Loading />}
      </div>
    )
  const { title, state, version, stock } = book.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        <div className="tools">
          <Link to="/books" className="button">
            {t.back}
          </Link>
          {state === 'lendable' && (
            <Danger
              label={t.withdraw}
              title={t.withdraw}
              confirm={t.withdraw}
              reason="none"
              act={() => call('DELETE /api/books/:id', { params: { id } })}
              done={() => changed(t.withdrawn)}
            >
              <p>{t.withdrawText(title)}</p>
            </Danger>
          )}
        </div>
      </div>
      <div className="side-by-side">
        <section className="panel">
          <h2>{t.description}</h2>
          <Description
            key={version}
            given={book.data}
            button={t.save}
            send={async (described) => {
              await call('PATCH /api/books/:id', { params: { id }, body: { version, ...described } })
              changed(t.saved)
            }}
          />
        </section>
        <BookCover key={`cover ${version}`} book={book.data} changed={changed} />
        <section className="panel">
          <h2>{t.barcodes}</h2>
          <Owned key={ownedOf(stock)} id={id} owned={ownedOf(stock)} changed={changed} />
          {copies.data ? (
            <Copies bookId={id} copies={copies.data.data} changed={changed} />
          ) : copies.error ? (
            <Failed error={copies.error} again={() => void copies.refetch()} />
          ) : (
            <Loading />
          )}
        </section>
      </div>
    </div>
  )
}

const ownedOf = ({ available, onLoan, onShelf, damaged }: Book['stock']) =>
  available + onLoan + onShelf + damaged

/** A title that is not in the catalogue yet. */
export function NewBookPage() {
  const t = useWords(booksWords)
  const navigate = useNavigate()
  const field = useId()
  const key = useRef(newKey())
  const [copies, setCopies] = useState('1')
  return (
    <div className="page">
      <h1>{t.add}</h1>
      <section className="panel">
        <div className="field">
          <label htmlFor={field}>{t.copies}</label>
          <input
            id={field}
            type="number"
            min={0}
            max={MOST_COPIES}
            value={copies}
            onChange={(event) => setCopies(event.target.value)}
          />
        </div>
        <Description
          given={{
            title: '',
            author: '',
            publisher: '',
            year: null,
            isbn: null,
            callNumber: '',
            kdc: '',
            series: '',
            seriesVolume: '',
            edition: '',
            extent: '',
            subjects: '',
          }}
          button={t.register}
          send={async (described) => {
            try {
              const body = { ...described, copies: Number(copies) }
              const book = await call('POST /api/books', { key: key.current, body })
              say(t.registered(book.title))
              void navigate({ to: '/books/$id', params: { id: book.id } })
            } catch (error) {
              // A refusal is an answer: nothing was done. Without one the same key asks what became of it.
              if (error instanceof ApiProblem && error.status < 500) key.current = newKey()
              throw error
            }
          }}
        />
      </section>
    </div>
  )
}

const FIELDS = [
  'title',
  'author',
  'publisher',
  'year',
  'isbn',
  'callNumber',
  'kdc',
  'series',
  'seriesVolume',
  'edition',
  'extent',
  'subjects',
] as const
const NEEDED: readonly string[] = ['title', 'kdc']

function Description({
  given,
  button,
  send,
}: {
  given: Required<Pick<Described, (typeof FIELDS)[number]>>
  button: string
  send(described: Described): Promise<void>
}) {
  const t = useWords(booksWords)
  const id = useId()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (running) return
    const form = new FormData(event.currentTarget)
    const text = (name: string) => {
      const value = form.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    setRunning(true)
    setError(undefined)
    try {
      await send({
        title: text('title'),
        author: text('author'),
        publisher: text('publisher'),
        year: text('year') === '' ? null : Number(text('year')),
        isbn: text('isbn') === '' ? null : text('isbn'),
        callNumber: text('callNumber'),
        kdc: text('kdc'),
        series: text('series'),
        seriesVolume: text('seriesVolume'),
        edition: text('edition'),
        extent: text('extent'),
        subjects: text('subjects'),
      })
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  const labels = { ...t, title: t.book }
  return (
    <form onSubmit={(event) => void submit(event)}>
      {FIELDS.map((name) => (
        <div key={name} className="field">
          <label htmlFor={`${id}-${name}`}>{labels[name]}</label>
          <input
            id={`${id}-${name}`}
            name={name}
            type="text"
            required={NEEDED.includes(name)}
            inputMode={name === 'year' ? 'numeric' : undefined}
            pattern={name === 'year' ? '[12][0-9]{3}' : undefined}
            defaultValue={given[name] ?? ''}
          />
        </div>
      ))}
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <button type="submit" className="main" disabled={running}>
        {button}
      </button>
    </form>
  )
}

function Owned({ id, owned, changed }: { id: string; owned: number; changed(text: string): void }) {
  const t = useWords(booksWords)
  const field = useId()
  const [copies, setCopies] = useState(String(owned))
  const [error, setError] = useState<unknown>()
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setError(undefined)
    try {
      await call('PUT /api/books/:id/copies', { params: { id }, body: { copies: Number(copies) } })
      changed(t.saved)
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <form className="filters" onSubmit={(event) => void save(event)}>
      <div className="filter">
        <label htmlFor={field}>{t.owned}</label>
        <input
          id={field}
          type="number"
          min={0}
          max={MOST_COPIES}
          value={copies}
          onChange={(event) => setCopies(event.target.value)}
        />
      </div>
      <button type="submit">{t.setCopies}</button>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
    </form>
  )
}

const TONES: Readonly<Record<Copy['state'], Tone>> = {
  available: 'good',
  on_loan: 'plain',
  on_shelf: 'waiting',
  lost: 'bad',
  damaged: 'bad',
  withdrawn: 'plain',
}
const SET_STATES = ['available', 'damaged', 'lost', 'withdrawn'] as const

function Copies({
  bookId,
  copies,
  changed,
}: {
  bookId: string
  copies: readonly Copy[]
  changed(text: string): void
}) {
  const t = useWords(booksWords)
  const mark = async (barcode: string, state: string) => {
    const wanted = SET_STATES.find((one) => one === state)
    if (wanted === undefined) return
    try {
      await call('PUT /api/books/:id/copies/:barcode', {
        params: { id: bookId, barcode },
        body: { state: wanted },
      })
      changed(t.marked)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
  }
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t.barcode}</th>
          <th scope="col">{t.state}</th>
          <th scope="col">{t.mark}</th>
        </tr>
      </thead>
      <tbody>
        {copies.map(({ barcode, state, loanId }) => (
          <tr key={barcode}>
            <td className="figures">{barcode}</td>
            <td>
              <Badge tone={TONES[state]}>{t.copyStates[state]}</Badge>
            </td>
            <td>
              {state !== 'on_loan' && state !== 'on_shelf' && loanId === null && (
                <select
                  aria-label={`${barcode} ${t.mark}`}
                  value={state}
                  onChange={(event) => void mark(barcode, event.target.value)}
                >
                  {SET_STATES.map((one) => (
                    <option key={one} value={one}>
                      {t.copyStates[one]}
                    </option>
                  ))}
                </select>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
