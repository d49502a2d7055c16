import { useId, useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { useWords } from '../words/use-words.ts'
import { booksWords } from './words.ts'

const ACCEPTED = 'image/jpeg,image/png,image/webp,image/avif'

/** The picture of a title's cover: another one, or none, and then readers see a drawn one. */
export function BookCover({
  book: { id, version, picture },
  changed,
}: {
  book: Pick<AnswerOf<'GET /api/books/:id'>, 'id' | 'version' | 'picture'>
  changed(text: string): void
}) {
  const t = useWords(booksWords)
  const field = useId()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const act = async (work: () => Promise<unknown>, done: string) => {
    setRunning(true)
    setError(undefined)
    try {
      await work()
      changed(done)
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  const at = { params: { id }, query: { version } }
  const give = (file: File | undefined) => {
    if (file === undefined) return
    const type = file.type.startsWith('image/') ? file.type : 'application/octet-stream'
    const body = new Blob([file], { type })
    void act(() => call('PUT /api/books/:id/picture', { ...at, body }), t.coverGiven)
  }
  const address = picture === null ? `/pictures/books/${id}.svg` : `/api/books/pictures/${picture}-320.webp`
  return (
    <section className="panel" aria-label={t.cover}>
      <h2>{t.cover}</h2>
      <img src={address} alt={picture === null ? t.coverDrawn : t.cover} width={120} />
      <div className="field">
        <label htmlFor={field}>{t.coverFile}</label>
        <input
          id={field}
          type="file"
          accept={ACCEPTED}
          disabled={running}
          aria-describedby={`${field}-hint`}
          onChange={(event) => give(event.target.files?.[0])}
        />
        <p className="quiet" id={`${field}-hint`}>
          {t.coverHint}
        </p>
      </div>
      {picture !== null && (
        <button
          type="button"
          disabled={running}
          onClick={() => void act(() => call('DELETE /api/books/:id/picture', at), t.coverTaken)}
        >
          {t.takeCover}
        </button>
      )}
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
    </section>
  )
}
