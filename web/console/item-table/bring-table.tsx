import { useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { FileField } from '../files/file-field.tsx'
import { Danger } from '../frame/danger.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { TABLE_FILES, tableBody } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { ChangedItems, WrongRows } from './table-preview.tsx'
import { tallyOf } from './tally.ts'
import { tableWords } from './words.ts'

export type Told = AnswerOf<'POST /api/admin/items/table'>

/** What the server said of exactly this file and reason. */
type Verdict =
  | { readonly kind: 'told'; readonly told: Told }
  | { readonly kind: 'done'; readonly told: Told }
  | { readonly kind: 'wrong'; readonly problem: ApiProblem }
  | { readonly kind: 'failed'; readonly error: unknown }

const MOST_REASON = 200

/** A changed table comes back: what it would change is told first, and done by the token of what was told. */
export function BringTable() {
  const t = useWords(tableWords)
  const client = useQueryClient()
  const id = useId()
  const [reason, setReason] = useState('')
  const [file, setFile] = useState<File>()
  const [verdict, setVerdict] = useState<Verdict>()
  const [running, setRunning] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const why = reason.trim()

  const bring = async (given: File, token?: string) =>
    call('POST /api/admin/items/table', {
      query: { reason: why, token },
      body: await tableBody(given),
    })
  const refuse = (error: unknown) =>
    setVerdict(
      error instanceof ApiProblem && error.code === 'item_rows_wrong'
        ? { kind: 'wrong', problem: error }
        : { kind: 'failed', error },
    )
  const preview = async () => {
    if (!file || running) return
    setRunning(true)
    setVerdict(undefined)
    try {
      setVerdict({ kind: 'told', told: await bring(file) })
    } catch (error) {
      refuse(error)
    }
    setRunning(false)
  }
  const apply = async (token: string) => {
    if (!file) throw new Error('no file')
    try {
      return await bring(file, token)
    } catch (error) {
      // Rows that somebody else has changed meanwhile are told; nothing of the table was done.
      if (error instanceof ApiProblem && error.code === 'item_rows_wrong') refuse(error)
      throw error
    }
  }
  const done = (told: Told) => {
    say(t.done(told.changes.length))
    setVerdict({ kind: 'done', told })
    setFile(undefined)
    if (field.current) field.current.value = ''
    void client.invalidateQueries({ queryKey: ['items'] })
    void client.invalidateQueries({ queryKey: ['item'] })
  }
  const told = verdict?.kind === 'told' ? verdict.told : undefined
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t.in}</h2>
      <div className="field">
        <label htmlFor={`${id}-reason`}>{t.reason}</label>
        <input
          id={`${id}-reason`}
          value={reason}
          maxLength={MOST_REASON}
          autoComplete="off"
          onChange={(event) => {
            setReason(event.target.value)
            setVerdict(undefined)
          }}
        />
      </div>
      <FileField
        ref={field}
        label={t.file}
        hint={t.fileHint}
        accept={TABLE_FILES}
        disabled={running}
        give={([file]) => {
          setFile(file)
          setVerdict(undefined)
        }}
      />
      <div className="tools">
        <button
          type="button"
          className="main"
          disabled={running || file === undefined || why === ''}
          onClick={() => void preview()}
        >
          {running ? t.reading : t.preview}
        </button>
        {told && told.changes.length > 0 && (
          <Danger
            label={t.apply(told.changes.length)}
            title={t.applyTitle}
            confirm={t.apply(told.changes.length)}
            reason="none"
            act={() => apply(told.token)}
            done={done}
          >
            <Says told={told} />
          </Danger>
        )}
      </div>
      <div role="status">
        {told && (
          <p>{told.changes.length === 0 ? t.nothing(told.rows) : t.told(told.rows, told.changes.length)}</p>
        )}
        {verdict?.kind === 'done' && <p>{t.done(verdict.told.changes.length)}</p>}
      </div>
      {verdict?.kind === 'failed' && (
        <div className="state-failed" role="alert">
          <Said error={verdict.error} />
        </div>
      )}
      {verdict?.kind === 'wrong' && <WrongRows problem={verdict.problem} />}
      {(verdict?.kind === 'told' || verdict?.kind === 'done') && verdict.told.changes.length > 0 && (
        <ChangedItems changes={verdict.told.changes} />
      )}
    </section>
  )
}

function Says({ told: { changes } }: { told: Told }) {
  const t = useWords(tableWords)
  const { prices, hidden, added, taken, notices } = tallyOf(changes)
  return (
    <>
      <p>{t.applySays(changes.length)}</p>
      {prices > 0 && <p>{t.prices(prices)}</p>}
      {hidden > 0 && <p>{t.hidden(hidden)}</p>}
      {notices > 0 && <p>{t.noticeTurns(notices)}</p>}
      {added + taken > 0 && <p>{t.pieces(added, taken)}</p>}
    </>
  )
}
