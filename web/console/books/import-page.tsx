import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useRef, useState } from 'react'
import { ApiProblem, call, newKey } from '../api/call.ts'
import { Badge } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { type BookLine, booksIn, MOST_LINES, type ReadBooks } from './csv-books.ts'
import { booksWords } from './words.ts'

/** What became of a line. */
type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly text: string }

const MOST_SHOWN = 300

/** Titles out of a file: looked at first, then registered one after the other, each once. */
export function ImportPage() {
  const t = useWords(booksWords)
  const field = useId()
  const client = useQueryClient()
  const [read, setRead] = useState<ReadBooks>()
  const [outcomes, setOutcomes] = useState<ReadonlyMap<number, Outcome>>(new Map())
  const [running, setRunning] = useState(false)
  /** A key for each line of the file: sent again, it has no second effect. */
  const keys = useRef(new Map<number, string>())

  const take = async (file: File | undefined) => {
    if (!file) return
    keys.current = new Map()
    setOutcomes(new Map())
    setRead(booksIn(await file.text()))
  }
  const lines = read?.kind === 'lines' ? read.lines : []
  const good = lines.filter(({ faults }) => faults.length === 0)
  const open = good.filter(({ line }) => outcomes.get(line)?.kind !== 'done')
  const done = good.length - open.length
  const failed = [...outcomes.values()].filter(({ kind }) => kind === 'failed').length
  const send = async () => {
    if (running) return
    setRunning(true)
    for (const one of open) {
      const outcome = await register(one, keys.current)
      setOutcomes((now) => new Map(now).set(one.line, outcome))
    }
    setRunning(false)
    void client.invalidateQueries({ queryKey: ['books'] })
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.import}</h1>
        <div className="tools">
          <Link to="/books" className="button">
            {t.back}
          </Link>
        </div>
      </div>
      <div className="field">
        <label htmlFor={field}>{t.file}</label>
        <input
          id={field}
          type="file"
          accept=".csv,text/csv"
          disabled={running}
          aria-describedby={`${field}-hint`}
          onChange={(event) => void take(event.target.files?.[0])}
        />
        <p className="quiet" id={`${field}-hint`}>
          {t.fileHint}
        </p>
      </div>
      {read?.kind === 'no_column' && (
        <p className="state-failed" role="alert">
          {t.noColumn(read.field)}
        </p>
      )}
      {read?.kind === 'too_many' && (
        <p className="state-failed" role="alert">
          {t.tooMany(MOST_LINES)}
        </p>
      )}
      {lines.length > 0 && (
        <>
          <p role="status">
            {outcomes.size === 0
              ? t.preview(good.length, lines.length - good.length)
              : running
                ? t.progress(outcomes.size, good.length)
                : t.imported(done, failed)}
          </p>
          {running && (
            <progress className="bar" value={outcomes.size} max={good.length} aria-label={t.import} />
          )}
          {open.length > 0 && (
            <div>
              <button type="button" className="main" disabled={running} onClick={() => void send()}>
                {failed > 0 ? t.retry : t.doImport(open.length)}
              </button>
            </div>
          )}
          <Preview lines={lines} outcomes={outcomes} />
        </>
      )}
    </div>
  )
}

async function register({ line, book }: BookLine, keys: Map<number, string>): Promise<Outcome> {
  const key = keys.get(line) ?? newKey()
  keys.set(line, key)
  try {
    await call('POST /api/books', { key, body: book })
    return { kind: 'done' }
  } catch (error) {
    // A refusal is an answer; without one the same key asks what became of it.
    if (error instanceof ApiProblem && error.status < 500) keys.delete(line)
    const fields = error instanceof ApiProblem ? error.fields.map(({ message }) => message) : []
    const text = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', text: [text, ...fields].join(' ') }
  }
}

function Preview({
  lines,
  outcomes,
}: {
  lines: readonly BookLine[]
  outcomes: ReadonlyMap<number, Outcome>
}) {
  const t = useWords(booksWords)
  // What needs somebody comes first.
  const needs = ({ line, faults }: BookLine) => faults.length > 0 || outcomes.get(line)?.kind === 'failed'
  const shown = [...lines.filter(needs), ...lines.filter((one) => !needs(one))].slice(0, MOST_SHOWN)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className="table-scroll" tabIndex={0} aria-label={t.import}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.line}</th>
            <th scope="col">{t.state}</th>
            <th scope="col">{t.book}</th>
            <th scope="col">{t.author}</th>
            <th scope="col">{t.isbn}</th>
            <th scope="col">{t.callNumber}</th>
            <th scope="col">{t.kdc}</th>
            <th scope="col">{t.copies}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.line}>
              <td className="figures right">{one.line}</td>
              <td>
                <LineState line={one} outcome={outcomes.get(one.line)} />
              </td>
              <td>{one.book.title}</td>
              <td>{one.book.author}</td>
              <td className="figures">{one.book.isbn}</td>
              <td>{one.book.callNumber}</td>
              <td className="figures">{one.book.kdc}</td>
              <td className="figures right">{one.book.copies}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function LineState({ line: { faults, book }, outcome }: { line: BookLine; outcome: Outcome | undefined }) {
  const t = useWords(booksWords)
  if (faults.length > 0)
    return (
      <>
        {faults.map(({ kind, field }) => (
          <p key={field}>{kind === 'missing' ? t.missing(field) : t.wrong(field)}</p>
        ))}
      </>
    )
  if (outcome?.kind === 'done') return <Badge tone="good">{t.registered(book.title)}</Badge>
  if (outcome) return <span className="state-failed">{outcome.text}</span>
  return <Badge>{t.ready}</Badge>
}
