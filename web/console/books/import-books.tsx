import { useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { type AnswerOf, call, type InputOf } from '../api/call.ts'
import { FileField } from '../files/file-field.tsx'
import { Danger } from '../frame/danger.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { exchangeWords } from './exchange-words.ts'
import { ImportReport } from './import-report.tsx'

export type Told = AnswerOf<'POST /api/books/import'>
type Wish = NonNullable<InputOf<'POST /api/books/import'>['query']>

const ENCODINGS = ['auto', 'utf-8', 'cp949'] as const
const UNCLASSED = ['reject', '000'] as const
const MOST_COPIES = 10

/** A file comes in: what it would change is told first, and done by the token of what was told. */
export function ImportBooks() {
  const t = useWords(exchangeWords)
  const client = useQueryClient()
  const id = useId()
  const [file, setFile] = useState<File>()
  const [wish, setWish] = useState<Wish>({ encoding: 'auto', copies: 1, update: false })
  const [told, setTold] = useState<Told>()
  const [error, setError] = useState<unknown>()
  const [running, setRunning] = useState(false)
  const field = useRef<HTMLInputElement>(null)

  // Another file or wish is another import: it has to be looked at first.
  const forget = () => {
    setTold(undefined)
    setError(undefined)
  }
  const wishes = (more: Wish) => {
    setWish({ ...wish, ...more })
    forget()
  }
  const bring = async (given: File, token?: string) =>
    call('POST /api/books/import', {
      query: { ...wish, token },
      body: new Blob([await given.arrayBuffer()], { type: 'application/octet-stream' }),
    })
  const preview = async () => {
    if (!file || running) return
    setRunning(true)
    forget()
    try {
      setTold(await bring(file))
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  const apply = async (token: string) => {
    if (!file) throw new Error('no file')
    return bring(file, token)
  }
  const done = (answer: Told) => {
    say(t.done(answer.added, answer.changed, answer.copies))
    setTold(answer)
    setFile(undefined)
    if (field.current) field.current.value = ''
    void client.invalidateQueries({ queryKey: ['books'] })
    void client.invalidateQueries({ queryKey: ['book'] })
  }
  const open = told && !told.applied && told.added + told.changed > 0 ? told : undefined
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t.in}</h2>
      <FileField
        ref={field}
        label={t.file}
        hint={t.fileHint}
        accept=".mrc,.marc,.iso,.dat,.xml,.csv,application/marc,text/csv,text/xml"
        disabled={running}
        give={([file]) => {
          setFile(file)
          forget()
        }}
      />
      <div className="filters">
        <div className="filter">
          <label htmlFor={`${id}-encoding`}>{t.encoding}</label>
          <select
            id={`${id}-encoding`}
            value={wish.encoding}
            onChange={({ target }) => wishes({ encoding: ENCODINGS.find((one) => one === target.value) })}
          >
            {ENCODINGS.map((one) => (
              <option key={one} value={one}>
                {t.encodings[one]}
              </option>
            ))}
          </select>
        </div>
        <div className="filter">
          <label htmlFor={`${id}-unclassed`}>{t.unclassed}</label>
          <select
            id={`${id}-unclassed`}
            value={wish.unclassed ?? 'reject'}
            onChange={({ target }) =>
              wishes({ unclassed: target.value === 'reject' ? undefined : target.value })
            }
          >
            {UNCLASSED.map((one) => (
              <option key={one} value={one}>
                {t.unclassedChoices[one]}
              </option>
            ))}
          </select>
        </div>
        <div className="filter">
          <label htmlFor={`${id}-copies`}>{t.copies}</label>
          <input
            id={`${id}-copies`}
            type="number"
            min={0}
            max={MOST_COPIES}
            value={wish.copies}
            onChange={({ target }) =>
              wishes({ copies: Math.min(MOST_COPIES, Math.max(0, Math.trunc(Number(target.value)))) })
            }
          />
        </div>
        <label>
          <input
            type="checkbox"
            checked={wish.update ?? false}
            onChange={({ target }) => wishes({ update: target.checked })}
          />
          {t.update}
        </label>
      </div>
      <div className="tools">
        <button
          type="button"
          className="main"
          disabled={running || file === undefined}
          onClick={() => void preview()}
        >
          {running ? t.reading : t.preview}
        </button>
        {open && (
          <Danger
            label={t.apply(open.added + open.changed)}
            title={t.applyTitle}
            confirm={t.apply(open.added + open.changed)}
            reason="none"
            act={() => apply(open.token)}
            done={done}
          >
            <p>{t.applySays(open.added, open.changed, open.copies)}</p>
          </Danger>
        )}
      </div>
      <div role="status">
        {told && (
          <>
            <p>
              {told.applied
                ? t.done(told.added, told.changed, told.copies)
                : t.told(told.read, told.added, told.changed, told.copies)}
            </p>
            <p>{t.rest(told.unchanged, told.rejected)}</p>
          </>
        )}
      </div>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      {told && <ImportReport told={told} />}
    </section>
  )
}
