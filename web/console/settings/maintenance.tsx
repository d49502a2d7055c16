import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { useMaintenance } from '../frame/maintenance-notice.tsx'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { fieldOf, momentOf } from '../table/days.ts'
import { useWords } from '../words/use-words.ts'
import { maintenanceWords } from './maintenance-words.ts'

type Window = AnswerOf<'GET /api/maintenance'>['data']

const MOST_TEXT = 200
const NO_TEXT = { ko: '', en: '' }

/** The window in which pages take no forms: announced, put off, and ended here. */
export function MaintenancePanel() {
  const t = useWords(maintenanceWords)
  const query = useMaintenance()
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{t.title}</h2>
      <p className="quiet">{t.explained}</p>
      {query.data ? (
        <Writing key={query.data.data?.id ?? 'none'} window={query.data.data} />
      ) : query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : (
        <Loading />
      )}
    </section>
  )
}

function Writing({ window }: { window: Window }) {
  const t = useWords(maintenanceWords)
  const client = useQueryClient()
  const [from, setFrom] = useState(window ? fieldOf(window.startsAt) : '')
  const [until, setUntil] = useState(window ? fieldOf(window.endsAt) : '')
  const [text, setText] = useState(window?.text ?? NO_TEXT)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const again = () => client.invalidateQueries({ queryKey: ['maintenance'] })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const body = {
        replaces: window?.id ?? null,
        startsAt: momentOf(from),
        endsAt: momentOf(until),
        text,
      }
      await call('PUT /api/admin/maintenance', { body })
      say(t.saved)
      await again()
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  return (
    <>
      <form onSubmit={(event) => void submit(event)}>
        <div className="tools">
          <Given label={t.from} type="datetime-local" value={from} take={setFrom} />
          <Given label={t.until} type="datetime-local" value={until} take={setUntil} />
        </div>
        <Given label={t.textKo} value={text.ko} take={(ko) => setText({ ...text, ko })} />
        <Given label={t.textEn} value={text.en} take={(en) => setText({ ...text, en })} />
        {error !== undefined && (
          <div className="state-failed" role="alert">
            <Said error={error} />
          </div>
        )}
        <div className="tools">
          <button type="submit" className="main" disabled={running}>
            {window ? t.change : t.announce}
          </button>
        </div>
      </form>
      {/* Beside the form: in React what a dialog sends would reach the form around it, too. */}
      {window && (
        <Danger
          label={t.end[window.state]}
          title={t.end[window.state]}
          confirm={t.end[window.state]}
          reason="none"
          act={() => call('DELETE /api/admin/maintenance/:id', { params: { id: window.id } })}
          done={() => {
            say(t.ended)
            void again()
          }}
        >
          <p>{t.endSays[window.state]}</p>
        </Danger>
      )}
    </>
  )
}

function Given({
  label,
  value,
  type = 'text',
  take,
}: {
  label: string
  value: string
  type?: 'text' | 'datetime-local'
  take(text: string): void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        required
        autoComplete="off"
        maxLength={type === 'text' ? MOST_TEXT : undefined}
        onChange={(event) => take(event.target.value)}
      />
    </div>
  )
}
