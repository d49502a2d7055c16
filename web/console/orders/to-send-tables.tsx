import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { say } from '../frame/toasts.tsx'
import { saveTable, TABLE_FORMS, type TableForm } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { ORDER_NEWS } from './order.tsx'
import { orderWords } from './words.ts'

/** What waits to be sent as files: one has as many lines as can be brought back at once. */
export function ToSendTables() {
  const t = useWords(orderWords)
  const [part, setPart] = useState(1)
  const [busy, setBusy] = useState(false)
  const query = useQuery({
    queryKey: ['orders-waiting', 'counted'],
    queryFn: () => call('GET /api/admin/orders/to-send'),
    meta: { live: ORDER_NEWS },
  })
  const parts = query.data?.parts ?? 1
  const shown = Math.min(part, parts)
  const save = async (form: TableForm) => {
    setBusy(true)
    try {
      const name = parts === 1 ? `orders-to-send.${form}` : `orders-to-send-${shown}-of-${parts}.${form}`
      await saveTable(`GET /api/admin/orders/to-send.${form}`, name, { query: { part: shown } })
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
  }
  return (
    <>
      {parts > 1 && (
        <div className="filter">
          <label htmlFor="to-send-part">{t.toSendPart(query.data?.lines ?? 0, parts)}</label>
          <input
            id="to-send-part"
            type="number"
            min={1}
            max={parts}
            value={shown}
            onChange={(event) => setPart(Math.max(1, Number(event.target.value) || 1))}
          />
        </div>
      )}
      {TABLE_FORMS.map((form) => (
        <button key={form} type="button" disabled={busy} onClick={() => void save(form)}>
          {t.toSendTable[form]}
        </button>
      ))}
    </>
  )
}
