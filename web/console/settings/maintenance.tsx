import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { ChangedMeanwhile } from '../frame/changed-meanwhile.tsx'
import { Danger } from '../frame/danger.tsx'
import { useMaintenance } from '../frame/maintenance-notice.tsx'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { fieldOf, momentOf } from '../table/days.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
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
        <Writing window={query.data.data} />
      ) : query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : (
        <Loading />
      )}
    </section>
  )
}

interface Draft {
  readonly from: string
  readonly until: string
  readonly text: { readonly ko: string; readonly en: string }
}

const idOf = (window: Window) => window?.id ?? null
const draftOf = (window: Window): Draft => ({
  from: window ? fieldOf(window.startsAt) : '',
  until: window ? fieldOf(window.endsAt) : '',
  text: window?.text ?? NO_TEXT,
})

/** What is typed stays until it is saved or dropped, also when a colleague sets another window meanwhile. */
function Writing({ window }: { window: Window }) {
  const t = useWords(maintenanceWords)
  const language = useLanguage()
  const client = useQueryClient()
  // Undefined: nothing is typed, and what is shown is the window there is.
  const [typed, setTyped] = useState<Draft>()
  // The window that was last looked at: nothing else is written over.
  const [seenId, setSeenId] = useState(idOf(window))
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const draft = typed ?? draftOf(window)
  const isOther = !running && typed !== undefined && seenId !== idOf(window)
  const type = (more: Partial<Draft>) => {
    if (typed === undefined) setSeenId(idOf(window))
    setTyped({ ...draft, ...more })
  }
  const again = () => client.invalidateQueries({ queryKey: ['maintenance'] })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      const body = {
        replaces: typed === undefined ? idOf(window) : seenId,
        startsAt: momentOf(draft.from),
        endsAt: momentOf(draft.until),
        text: draft.text,
      }
      await call('PUT /api/admin/maintenance', { body })
      say(t.saved)
      await again()
      setTyped(undefined)
    } catch (failure) {
      setError(failure)
      // What a colleague has set meanwhile is shown beside what was typed.
      await again()
    }
    setRunning(false)
  }
  return (
    <>
      {isOther && (
        <ChangedMeanwhile
          says={t.changedMeanwhile}
          keep={() => {
            setSeenId(idOf(window))
            setError(undefined)
          }}
          drop={() => {
            setTyped(undefined)
            setError(undefined)
          }}
        >
          <p>
            {window
              ? `${stampText(window.startsAt)} – ${stampText(window.endsAt)}: ${window.text[language]}`
              : t.noneNow}
          </p>
        </ChangedMeanwhile>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <div className="tools">
          <Given label={t.from} type="datetime-local" value={draft.from} take={(from) => type({ from })} />
          <Given
            label={t.until}
            type="datetime-local"
            value={draft.until}
            take={(until) => type({ until })}
          />
        </div>
        <Given label={t.textKo} value={draft.text.ko} take={(ko) => type({ text: { ...draft.text, ko } })} />
        <Given label={t.textEn} value={draft.text.en} take={(en) => type({ text: { ...draft.text, en } })} />
        {error !== undefined && !isOther && (
          <div className="state-failed" role="alert">
            <Said error={error} />
          </div>
        )}
        <div className="tools">
          <button type="submit" className="main" disabled={running || isOther}>
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
            client.setQueryData(['maintenance'], { data: null })
            setSeenId(null)
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
