import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge } from '../frame/stamp.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { type PastedRow, readPasted, tableLineOf, trackingTable } from './pasted-tracking.ts'
import { orderWords } from './words.ts'

type Checked = AnswerOf<'POST /api/admin/orders/tracking'>

/** What the server said of exactly this text. */
type Verdict =
  | { readonly kind: 'fine'; readonly csv: string; readonly counts: Checked }
  | { readonly kind: 'wrong'; readonly csv: string; readonly byLine: ReadonlyMap<number, string> }
  | { readonly kind: 'failed'; readonly csv: string; readonly error: unknown }

/** Tracking numbers out of a spreadsheet: looked through here, checked by the server, then sent all or not at all. */
export function PasteTracking() {
  const t = useWords(orderWords)
  const client = useQueryClient()
  const id = useId()
  const [text, setText] = useState('')
  const [carrier, setCarrier] = useState('cj_logistics')
  const [verdict, setVerdict] = useState<Verdict>()
  const [busy, setBusy] = useState(false)
  const rows = readPasted(text, carrier)
  const { csv, rowAt } = trackingTable(rows)
  const wrongHere = rows.filter(({ problem }) => problem !== undefined && problem !== 'skipped').length
  // A verdict about another text is none.
  const said = verdict?.csv === csv ? verdict : undefined
  const told = (error: unknown) => {
    const byLine = error instanceof ApiProblem ? byRow(error, rowAt) : new Map<number, string>()
    setVerdict(byLine.size > 0 ? { kind: 'wrong', csv, byLine } : { kind: 'failed', csv, error })
  }
  const check = async () => {
    setBusy(true)
    try {
      const counts = await call('POST /api/admin/orders/tracking', { query: { check: true }, body: csv })
      setVerdict({ kind: 'fine', csv, counts })
    } catch (error) {
      told(error)
    }
    setBusy(false)
  }
  const send = async () => {
    try {
      return await call('POST /api/admin/orders/tracking', { body: csv })
    } catch (error) {
      told(error)
      throw error
    }
  }
  const done = ({ orders }: Checked) => {
    say(t.paste.done(orders))
    setText('')
    setVerdict(undefined)
    void client.invalidateQueries({ queryKey: ['orders-waiting'] })
  }
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t.paste.title}</h2>
      <p className="quiet">{t.paste.lead}</p>
      <label htmlFor={`${id}-rows`}>{t.paste.label}</label>
      <textarea
        id={`${id}-rows`}
        className="figures pasted"
        rows={6}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="page-head">
        <div className="filter">
          <label htmlFor={`${id}-carrier`}>{t.paste.usual}</label>
          <select id={`${id}-carrier`} value={carrier} onChange={(event) => setCarrier(event.target.value)}>
            {Object.entries(t.carriers).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div className="tools">
          <button
            type="button"
            disabled={busy || wrongHere > 0 || rowAt.size === 0}
            onClick={() => void check()}
          >
            {t.paste.check}
          </button>
          <Danger
            label={t.paste.send(rowAt.size)}
            title={t.paste.confirmTitle}
            confirm={t.sendConfirm}
            reason="none"
            disabled={said?.kind !== 'fine' || said.counts.sent === 0}
            act={send}
            done={done}
          >
            {said?.kind === 'fine' && <p>{t.paste.confirmSays(said.counts.orders, said.counts.sent)}</p>}
          </Danger>
        </div>
      </div>
      <div role="status">
        {wrongHere > 0 && <p className="note">{t.paste.wrong(wrongHere)}</p>}
        {said?.kind === 'wrong' && <p className="note">{t.paste.wrong(said.byLine.size)}</p>}
        {said?.kind === 'fine' && (
          <p>{t.paste.ready(said.counts.orders, said.counts.sent, said.counts.unchanged)}</p>
        )}
      </div>
      {said?.kind === 'failed' && (
        <div className="state-failed" role="alert">
          <Said error={said.error} />
        </div>
      )}
      {rows.length > 0 && <Preview rows={rows} byLine={said?.kind === 'wrong' ? said.byLine : undefined} />}
    </section>
  )
}

/** What the server said of rows, by their line in what was pasted. */
function byRow(problem: ApiProblem, rowAt: ReadonlyMap<number, PastedRow>): Map<number, string> {
  return new Map(
    problem.fields.flatMap(({ field, message }) => {
      const row = rowAt.get(tableLineOf(field) ?? 0)
      return row === undefined ? [] : [[row.line, message] as const]
    }),
  )
}

function Preview({
  rows,
  byLine,
}: {
  rows: readonly PastedRow[]
  byLine: ReadonlyMap<number, string> | undefined
}) {
  const t = useWords(orderWords)
  const carriers: Readonly<Record<string, string>> = t.carriers
  const wordsOf = ({ problem, line }: PastedRow) => {
    if (problem === 'skipped') return <span className="quiet">{t.paste.skipped}</span>
    const wrong = problem === undefined ? byLine?.get(line) : t.paste.problems[problem]
    return wrong === undefined ? (
      <Badge tone="good">{t.paste.fine}</Badge>
    ) : (
      <strong className="wrong">{wrong}</strong>
    )
  }
  return (
    <ScrollTable label={t.paste.label}>
      <thead>
        <tr>
          <th scope="col" className="right">
            {t.paste.row}
          </th>
          <th scope="col">{t.number}</th>
          <th scope="col" className="right">
            {t.line}
          </th>
          <th scope="col" className="right">
            {t.quantity}
          </th>
          <th scope="col">{t.carrier}</th>
          <th scope="col">{t.trackingNumber}</th>
          <th scope="col">{t.arrivedOn}</th>
          <th scope="col">{t.paste.problem}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.line}>
            <td className="figures right">{row.line}</td>
            <td className="figures">{row.orderNumber}</td>
            <td className="figures right">{row.lineNo}</td>
            <td className="figures right">{row.quantity}</td>
            <td>{carriers[row.carrier] ?? row.carrier}</td>
            <td className="figures">{row.trackingNumber}</td>
            <td className="figures">{row.arrivedOn}</td>
            <td>{wordsOf(row)}</td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}
