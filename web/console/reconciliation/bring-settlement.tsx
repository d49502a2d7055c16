import { useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { FileField } from '../files/file-field.tsx'
import { Danger } from '../frame/danger.tsx'
import { Won } from '../frame/stamp.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { WrongRows } from '../item-table/table-preview.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { TABLE_FILES, tableBody } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { reconciliationWords } from './words.ts'

type Told = AnswerOf<'POST /api/admin/reconciliations/table'>

/** What the server said of exactly this file and day. */
type Verdict =
  /** `isAnew`: what was shown before is so no longer. */
  | { readonly kind: 'told'; readonly told: Told; readonly isAnew: boolean }
  | { readonly kind: 'failed'; readonly error: unknown }

/** KakaoPay's table of a day: what differs is told first, and kept by the token of what was told. */
export function BringSettlement() {
  const t = useWords(reconciliationWords)
  const client = useQueryClient()
  const id = useId()
  const [day, setDay] = useState('')
  const [file, setFile] = useState<File>()
  const [verdict, setVerdict] = useState<Verdict>()
  const [running, setRunning] = useState(false)
  const field = useRef<HTMLInputElement>(null)

  const bring = async (given: File, token?: string) =>
    call('POST /api/admin/reconciliations/table', {
      query: { provider: 'kakaopay', day, token },
      body: await tableBody(given),
    })
  const preview = async () => {
    if (!file || running) return
    setRunning(true)
    setVerdict(undefined)
    try {
      setVerdict({ kind: 'told', told: await bring(file), isAnew: false })
    } catch (error) {
      setVerdict({ kind: 'failed', error })
    }
    setRunning(false)
  }
  /** Keeps what was shown; what has changed since is compared again, to be shown before it is kept. */
  const keep = async (token: string) => {
    if (!file) throw new Error('no file')
    try {
      return await bring(file, token)
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'settlement_table_differs') return bring(file)
      throw error
    }
  }
  const kept = (answer: Told) => {
    if (!answer.applied) return setVerdict({ kind: 'told', told: answer, isAnew: true })
    const { matched, differenceCount } = answer
    say(t.done(matched, differenceCount))
    setVerdict(undefined)
    setFile(undefined)
    if (field.current) field.current.value = ''
    for (const name of ['reconciliation-findings', 'reconciliations', 'figures'])
      void client.invalidateQueries({ queryKey: [name] })
  }
  const told = verdict?.kind === 'told' ? verdict.told : undefined
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t.table}</h2>
      <p className="quiet">{t.tableLead}</p>
      <div className="field">
        <label htmlFor={`${id}-day`}>{t.day}</label>
        <input
          id={`${id}-day`}
          type="date"
          value={day}
          onChange={(event) => {
            setDay(event.target.value)
            setVerdict(undefined)
          }}
        />
      </div>
      <FileField
        ref={field}
        label={t.tableFile}
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
          disabled={running || file === undefined || day === ''}
          onClick={() => void preview()}
        >
          {running ? t.working : t.preview}
        </button>
        {told && (
          <Danger
            label={t.keep}
            title={t.keepTitle}
            confirm={t.keep}
            reason="none"
            act={() => keep(told.token)}
            done={kept}
          >
            <p>{t.keepSays(day, told.differenceCount)}</p>
          </Danger>
        )}
      </div>
      <div role="status">
        {verdict?.kind === 'told' && verdict.isAnew && (
          <p className="note">
            <strong>{t.changed}</strong>
          </p>
        )}
        {told && <p>{t.told(told.rows, told.matched, told.late, told.differenceCount)}</p>}
      </div>
      {told && told.differences.length > 0 && <Differences told={told} />}
      {verdict?.kind === 'failed' &&
        (verdict.error instanceof ApiProblem && verdict.error.code === 'settlement_rows_wrong' ? (
          <WrongRows problem={verdict.error} />
        ) : (
          <div className="state-failed" role="alert">
            <Said error={verdict.error} />
          </div>
        ))}
    </section>
  )
}

function Differences({ told: { differences, differenceCount } }: { told: Told }) {
  const t = useWords(reconciliationWords)
  const shown = differences.length
  const won = (amount: number | null) => (amount === null ? '–' : <Won amount={amount} />)
  return (
    <>
      {shown < differenceCount && <p>{t.firstOf(shown, differenceCount)}</p>}
      <ScrollTable label={t.tableDifferences}>
        <thead>
          <tr>
            <th scope="col">{t.kind}</th>
            <th scope="col">{t.movement}</th>
            <th scope="col" className="right">
              {t.here}
            </th>
            <th scope="col" className="right">
              {t.there}
            </th>
            <th scope="col">{t.key}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ kind, movement, key, here, there }) => (
            <tr key={`${movement} ${key}`}>
              <td>{t.kinds[kind]}</td>
              <td>{t.movements[movement]}</td>
              <td className="figures right">{won(here)}</td>
              <td className="figures right">{won(there)}</td>
              <td className="figures">{key}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </>
  )
}
