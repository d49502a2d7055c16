import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useRef, useState } from 'react'
import { ApiProblem, call, type InputOf, newKey } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { terminalWords } from './words.ts'

type Wanted = InputOf<'POST /api/terminals'>['body']

const CHARSETS = ['utf-8', 'cp949'] as const

/** A machine that was added: its secret, until somebody says that they have it. */
interface Added {
  name: string
  secret: string | null
}

/** Adds a self-check machine, and shows its secret this once. */
export function NewTerminal() {
  const t = useWords(terminalWords)
  const client = useQueryClient()
  const key = useRef(newKey())
  const form = useRef<HTMLFormElement>(null)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const [added, setAdded] = useState<Added>()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (running) return
    const body = wantedIn(new FormData(event.currentTarget))
    setRunning(true)
    setError(undefined)
    try {
      setAdded(await call('POST /api/terminals', { key: key.current, body }))
      key.current = newKey()
      form.current?.reset()
      say(t.added(body.name))
      void client.invalidateQueries({ queryKey: ['terminals'] })
    } catch (failure) {
      // A refusal is an answer: nothing was done. Without one the same key asks what became of it.
      if (failure instanceof ApiProblem && failure.status < 500) key.current = newKey()
      setError(failure)
    }
    setRunning(false)
  }
  if (added) return <Secret added={added} done={() => setAdded(undefined)} />
  return (
    <form className="panel" ref={form} aria-label={t.add} onSubmit={(event) => void submit(event)}>
      <h2>{t.add}</h2>
      <Text name="name" label={t.name} hint={t.nameHint} most={40} pattern="[a-z0-9][a-z0-9._\-]{1,39}" />
      <Text name="place" label={t.place} most={80} />
      <Charset />
      <p>
        <label>
          <input type="checkbox" name="asksPassword" defaultChecked /> {t.asksPassword}
        </label>
      </p>
      <p>
        <label>
          <input type="checkbox" name="takesPayments" /> {t.takesPayments}
        </label>
      </p>
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <button type="submit" className="main" disabled={running}>
        {t.add}
      </button>
    </form>
  )
}

function Secret({ added: { name, secret }, done }: { added: Added; done(): void }) {
  const t = useWords(terminalWords)
  return (
    <section className="panel" aria-label={t.secret}>
      <h2>{t.added(name)}</h2>
      {secret === null ? (
        <p className="state-failed">{t.secretGone}</p>
      ) : (
        <>
          <dl className="facts">
            <dt>{t.name}</dt>
            <dd>
              <code>{name}</code>
            </dd>
            <dt>{t.secret}</dt>
            <dd>
              <code>{secret}</code>
            </dd>
          </dl>
          <p role="status">{t.secretOnce}</p>
        </>
      )}
      <button type="button" className="main" onClick={done}>
        {t.noted}
      </button>
    </section>
  )
}

function Text({
  name,
  label,
  hint,
  most,
  pattern,
}: {
  name: string
  label: string
  hint?: string
  most: number
  pattern?: string
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        required
        maxLength={most}
        pattern={pattern}
        autoComplete="off"
        aria-describedby={hint && `${id}-hint`}
      />
      {hint && (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

function Charset() {
  const t = useWords(terminalWords)
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{t.charset}</label>
      <select id={id} name="charset">
        {CHARSETS.map((charset) => (
          <option key={charset} value={charset}>
            {t.charsets[charset]}
          </option>
        ))}
      </select>
    </div>
  )
}

function wantedIn(form: FormData): Wanted {
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  return {
    name: text('name'),
    place: text('place'),
    charset: CHARSETS.find((charset) => charset === text('charset')) ?? 'utf-8',
    asksPassword: form.has('asksPassword'),
    takesPayments: form.has('takesPayments'),
  }
}
