import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { ServerTable } from '../table/server-table.tsx'
import { saveTable, TABLE_FORMS, type TableForm } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { BringTracking } from './bring-tracking.tsx'
import {
  askedOrders,
  keyOfOrder,
  linkOfOrder,
  ORDER_NEWS,
  type Order,
  useOrderColumns,
  useOrderFilters,
} from './order.tsx'
import { PasteTracking } from './paste-tracking.tsx'
import { orderWords } from './words.ts'

/** The work list of those who pack: what is paid and waits, longest first. */
export function ShippingPage() {
  const t = useWords(orderWords)
  const columns = useOrderColumns('toSend')
  const filters = useOrderFilters('toSend')
  return (
    <div className="page">
      <h1>{t.shipping}</h1>
      <p className="quiet">{t.toSendLead}</p>
      <ServerTable
        name="orders-waiting"
        label={t.shipping}
        columns={columns}
        filters={filters}
        keyOf={keyOfOrder}
        linkOf={linkOfOrder}
        live={ORDER_NEWS}
        load={(asked) => call('GET /api/admin/orders', { query: { ...askedOrders(asked), toSend: true } })}
        batch={(orders, done) => <Prepare orders={orders} done={done} />}
        tools={<ToSendTables />}
      />
      <PasteTracking />
      <BringTracking />
    </div>
  )
}

function ToSendTables() {
  const t = useWords(orderWords)
  const [busy, setBusy] = useState(false)
  const save = async (form: TableForm) => {
    setBusy(true)
    try {
      await saveTable(`GET /api/admin/orders/to-send.${form}`, `orders-to-send.${form}`, {})
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
  }
  return TABLE_FORMS.map((form) => (
    <button key={form} type="button" disabled={busy} onClick={() => void save(form)}>
      {t.toSendTable[form]}
    </button>
  ))
}

/** So many orders are changed at once. */
const AT_ONCE = 4

interface Failure {
  readonly order: Order
  readonly error: unknown
}

/** Each order is changed by itself: what is refused is told with its reason, and the others go on. */
function Prepare({ orders, done }: { orders: readonly Order[]; done: () => void }) {
  const t = useWords(orderWords)
  const client = useQueryClient()
  const [progress, setProgress] = useState<number>()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const prepare = async () => {
    const failed: Failure[] = []
    const waiting = [...orders]
    let changed = 0
    setProgress(0)
    const work = async () => {
      for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) {
        try {
          await call('POST /api/admin/orders/:id/prepare', { params: { id: order.id }, body: {} })
          changed += 1
        } catch (error) {
          failed.push({ order, error })
        }
        setProgress(changed + failed.length)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    setProgress(undefined)
    setFailures(failed)
    if (changed > 0) say(t.prepared(changed))
    // Packing is told to nobody, so the list is asked for again from here.
    await client.invalidateQueries({ queryKey: ['orders-waiting'] })
    if (failed.length === 0) done()
  }
  return (
    <>
      <button type="button" className="main" disabled={progress !== undefined} onClick={() => void prepare()}>
        {t.prepare}
      </button>
      {progress !== undefined && (
        <progress className="bar" value={progress} max={orders.length} aria-label={t.prepare} />
      )}
      {failures.length > 0 && (
        <div className="state-failed" role="alert">
          <p>{t.notPrepared(failures.length)}</p>
          <ul>
            {failures.map(({ order, error }) => (
              <li key={order.id}>
                {order.orderNumber} <Said error={error} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
