import { ApiProblem } from '../api/call.ts'
import { frameWords } from '../words/frame.ts'
import { useWords } from '../words/use-words.ts'

export function Loading() {
  const t = useWords(frameWords)
  return (
    <p className="state" role="status">
      {t.loading}
    </p>
  )
}

export function Nothing({ text, isFiltered = false }: { text?: string | undefined; isFiltered?: boolean }) {
  const t = useWords(frameWords)
  return (
    <div className="state">
      <p>{text ?? t.nothing}</p>
      {text === undefined && isFiltered && <p className="quiet">{t.nothingHint}</p>}
    </div>
  )
}

/** What went wrong, in words, and a way on. */
export function Failed({ error, again }: { error: unknown; again?: (() => void) | undefined }) {
  const t = useWords(frameWords)
  return (
    <div className="state state-failed" role="alert">
      <p>
        <strong>{t.failed}</strong>
      </p>
      <Said error={error} />
      {again && (
        <button type="button" onClick={again}>
          {t.again}
        </button>
      )}
    </div>
  )
}

/** What an error says to people. */
export function Said({ error }: { error: unknown }) {
  const t = useWords(frameWords)
  if (error instanceof ApiProblem) {
    return (
      <>
        <p>{error.message}</p>
        {error.fields.length > 0 && (
          <ul>
            {error.fields.map(({ field, message }) => (
              <li key={`${field} ${message}`}>
                <code>{field.replace(/^(body|querystring|params)\./, '')}</code> {message}
              </li>
            ))}
          </ul>
        )}
        {error.status >= 500 && error.requestId !== undefined && (
          <p className="quiet">
            {t.requestId}: {error.requestId}
          </p>
        )}
      </>
    )
  }
  return <p>{error instanceof TypeError ? t.unreachable : String(error)}</p>
}
