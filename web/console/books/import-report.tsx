import { Badge } from '../frame/stamp.tsx'
import type { Column } from '../table/columns.ts'
import { csvOf, download } from '../table/csv.ts'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { exchangeWords } from './exchange-words.ts'
import type { Told } from './import-books.tsx'

type Row = Told['rows'][number]
type Note = Told['rejections'][number]

/** What a file changes, and what in it is wrong or strange. */
export function ImportReport({ told }: { told: Told }) {
  const t = useWords(exchangeWords)
  const { fileProblems, announced, rejections, doubts, rows } = told
  return (
    <>
      {(fileProblems.length > 0 || announced !== null) && (
        <div className="state-failed" role="alert">
          {fileProblems.length > 0 && (
            <p>
              <strong>{t.unread}</strong>
            </p>
          )}
          {fileProblems.map(({ code, place, message }) => (
            <p key={`${code} ${place}`}>{message}</p>
          ))}
          {announced !== null && <p>{t.announced(announced, told.read)}</p>}
        </div>
      )}
      <Notes name={t.rejections} notes={rejections} file="rejected.csv" />
      <Notes name={t.doubts} notes={doubts} file="doubts.csv" />
      {rows.length > 0 && <Changes rows={rows} all={told.added + told.changed} />}
    </>
  )
}

function Notes({ name, notes, file }: { name: string; notes: readonly Note[]; file: string }) {
  const t = useWords(exchangeWords)
  if (notes.length === 0) return null
  const columns: Column<Note>[] = [
    { id: 'number', header: t.number, text: ({ number }) => number, isNumeric: true },
    { id: 'place', header: t.place, text: ({ place }) => place, isNumeric: true },
    { id: 'book', header: t.book, text: ({ title }) => title },
    { id: 'problem', header: t.problem, text: ({ message }) => message },
  ]
  return (
    <>
      <div className="page-head">
        <h3>{name}</h3>
        <button type="button" onClick={() => download(file, csvOf(columns, notes))}>
          {t.saveNotes}
        </button>
      </div>
      <ScrollTable label={name} look="low">
        <thead>
          <tr>
            {columns.map(({ id, header, isNumeric }) => (
              <th key={id} scope="col" className={isNumeric === true ? 'right' : undefined}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {notes.map((note) => (
            <tr key={`${note.number} ${note.code} ${note.message}`}>
              {columns.map(({ id, text, isNumeric }) => (
                <td key={id} className={isNumeric === true ? 'figures right' : undefined}>
                  {text(note)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </>
  )
}

function Changes({ rows, all }: { rows: readonly Row[]; all: number }) {
  const t = useWords(exchangeWords)
  return (
    <>
      <h3>{t.changes}</h3>
      {rows.length < all && <p className="quiet">{t.first(rows.length)}</p>}
      <ScrollTable label={t.changes}>
        <thead>
          <tr>
            <th scope="col" className="right">
              {t.number}
            </th>
            <th scope="col">{t.action}</th>
            <th scope="col">{t.book}</th>
            <th scope="col">{t.author}</th>
            <th scope="col">{t.isbn}</th>
            <th scope="col">{t.callNumber}</th>
            <th scope="col" className="right">
              {t.newCopies}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.number}>
              <td className="figures right">{row.number}</td>
              <td>
                <Badge tone={row.action === 'added' ? 'good' : 'waiting'}>{t.actions[row.action]}</Badge>
              </td>
              <td>
                <p className="wide-cell">{row.title}</p>
                <Turns changes={row.changes} />
              </td>
              <td>{row.author}</td>
              <td className="figures">{row.isbn}</td>
              <td>{row.callNumber}</td>
              <td className="figures right">{row.copies}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </>
  )
}

function Turns({ changes }: { changes: Row['changes'] }) {
  const t = useWords(exchangeWords)
  const names: Readonly<Record<string, string>> = t.fields
  return changes.map(({ field, before, after }) => (
    <p key={field} className="quiet">
      {names[field] ?? field}: {before === null || before === '' ? t.empty : before} →{' '}
      <strong>{after}</strong>
    </p>
  ))
}
