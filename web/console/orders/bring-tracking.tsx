import { useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { FileField } from '../files/file-field.tsx'
import { Danger } from '../frame/danger.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { TABLE_FILES, tableBody } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { orderWords } from './words.ts'

type Checked = AnswerOf<'POST /api/admin/orders/tracking'>

/** What the server said of exactly this file. */
type Verdict =
  | { readonly kind: 'fine'; readonly counts: Checked }
  | { readonly kind: 'failed'; readonly error: unknown }

/** The list of what is to be sent comes back as a file with tracking numbers or days of arrival: checked first, then done all or not at all. */
export function BringTracking() {
  const t = useWords(orderWords)
  const client = useQueryClient()
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [verdict, setVerdict] = useState<Verdict>()
  const [busy, setBusy] = useState(false)
  const bring = async (given: File, check: boolean) =>
    call('POST /api/admin/orders/tracking', { query: { check }, body: await tableBody(given) })
  const choose = async (given: File | undefined) => {
    setFile(given)
    setVerdict(undefined)
    if (!given) return
    setBusy(true)
    try {
      setVerdict({ kind: 'fine', counts: await bring(given, true) })
    } catch (error) {
      setVerdict({ kind: 'failed', error })
    }
    setBusy(false)
  }
  const send = async () => {
    if (!file) throw new Error('no file')
    try {
      return await bring(file, false)
    } catch (error) {
      setVerdict({ kind: 'failed', error })
      throw error
    }
  }
  const done = ({ orders }: Checked) => {
    say(t.bring.done(orders))
    setFile(undefined)
    setVerdict(undefined)
    if (field.current) field.current.value = ''
    for (const list of ['orders-waiting', 'orders-on-the-way'])
      void client.invalidateQueries({ queryKey: [list] })
  }
  const counts = verdict?.kind === 'fine' ? verdict.counts : undefined
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t.bring.title}</h2>
      <FileField
        ref={field}
        label={t.bring.file}
        hint={t.bring.hint}
        accept={TABLE_FILES}
        disabled={busy}
        give={([file]) => void choose(file)}
      />
      <div role="status">
        {counts && <p>{t.paste.ready(counts.orders, counts.sent, counts.unchanged)}</p>}
        {counts && counts.arrived > 0 && <p>{t.bring.arrived(counts.arrived)}</p>}
      </div>
      {verdict?.kind === 'failed' && <WrongFile error={verdict.error} />}
      <p>
        <Danger
          label={t.bring.send}
          title={t.bring.send}
          confirm={t.bring.confirm}
          reason="none"
          disabled={counts === undefined || counts.sent + counts.arrived === 0}
          act={send}
          done={done}
        >
          {counts && counts.sent > 0 && <p>{t.paste.confirmSays(counts.orders, counts.sent)}</p>}
          {counts && counts.arrived > 0 && <p>{t.bring.confirmArrived(counts.arrived)}</p>}
        </Danger>
      </p>
    </section>
  )
}

/** What is wrong, by the line of the file where rows are. */
function WrongFile({ error }: { error: unknown }) {
  const t = useWords(orderWords)
  const rows = error instanceof ApiProblem && error.code === 'tracking_rows_wrong' ? error.fields : undefined
  return (
    <div className="state-failed" role="alert">
      {rows === undefined ? (
        <Said error={error} />
      ) : (
        <>
          <p>
            <strong>{t.paste.wrong(rows.length)}</strong>
          </p>
          <ul>
            {rows.map(({ field, message }) => (
              <li key={`${field} ${message}`}>
                {t.bring.row(Number(field.split('.')[1]))} {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
