import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { say } from '../frame/toasts.tsx'
import { saveTable, TABLE_FORMS, type TableForm } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { ORDER_NEWS } from './order.tsx'
import { orderWords } from './words.ts'

/** A table among several; it begins after the last line of the one before it. */
interface Part {
  no: number
  after?: string
}

const FIRST: Part = { no: 1 }

/**
 * What waits to be sent as files: one has as many lines as can be brought back at once. The next begins after the last line
 * that was given out, whether or not that has been sent by now.
 */
export function ToSendTables() {
  const t = useWords(orderWords)
  const [part, setPart] = useState(FIRST)
  const [given, setGiven] = useState<string>()
  const [busy, setBusy] = useState(false)
  const query = useQuery({
    queryKey: ['orders-waiting', 'counted', part.after],
    queryFn: () => call('GET /api/admin/orders/to-send', { query: { after: part.after } }),
    meta: { live: ORDER_NEWS },
  })
  const { lines = 0, parts = 1 } = query.data ?? {}
  const save = async (form: TableForm) => {
    setBusy(true)
    try {
      // As it is now: what was counted for the page may be a while ago.
      const { until, ...now } = await call('GET /api/admin/orders/to-send', { query: { after: part.after } })
      const isOne = part.no === 1 && now.parts === 1
      const name = isOne ? `orders-to-send.${form}` : `orders-to-send-${part.no}.${form}`
      const bounds = { after: part.after, until: until ?? undefined }
      await saveTable(`GET /api/admin/orders/to-send.${form}`, name, { query: bounds })
      setGiven(until ?? undefined)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
  }
  const moveTo = (next: Part) => {
    setPart(next)
    setGiven(undefined)
  }
  return (
    <>
      {TABLE_FORMS.map((form) => (
        <button key={form} type="button" disabled={busy} onClick={() => void save(form)}>
          {t.toSendTable[form]}
        </button>
      ))}
      {(parts > 1 || part.no > 1) && <span>{t.toSendPart(part.no, lines, parts)}</span>}
      {given !== undefined && (parts > 1 || part.no > 1) && (
        <button type="button" onClick={() => moveTo({ no: part.no + 1, after: given })}>
          {t.toSendNext}
        </button>
      )}
      {part.no > 1 && (
        <button type="button" onClick={() => moveTo(FIRST)}>
          {t.toSendFirst}
        </button>
      )}
    </>
  )
}
