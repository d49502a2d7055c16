import { Link, useSearch } from '@tanstack/react-router'
import { call } from '../api/call.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import { BringTracking } from './bring-tracking.tsx'
import { MoveMany } from './move-many.tsx'
import {
  askedOrders,
  keyOfOrder,
  linkOfOrder,
  ORDER_NEWS,
  useOrderColumns,
  useOrderFilters,
} from './order.tsx'
import { PackingSlips } from './packing/packing-slips.tsx'
import { PasteTracking } from './paste-tracking.tsx'
import { ToSendTables } from './to-send-tables.tsx'
import { orderWords } from './words.ts'

/** The work lists of those who pack: what is paid and waits, longest first, and what is on its way. */
export function ShippingPage() {
  const t = useWords(orderWords)
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false })
  const isOnTheWay = search.list === 'on-the-way'
  return (
    <div className="page">
      <h1>{t.shipping}</h1>
      <nav className="choices" aria-label={t.whichList}>
        <Link to="/shipping" search={{}} className="button" aria-current={isOnTheWay ? undefined : 'page'}>
          {t.waitingList}
        </Link>
        <Link
          to="/shipping"
          search={{ list: 'on-the-way' }}
          className="button"
          aria-current={isOnTheWay ? 'page' : undefined}
        >
          {t.onTheWay}
        </Link>
      </nav>
      {isOnTheWay ? <OnTheWay /> : <ToSend />}
      {!isOnTheWay && <PasteTracking />}
      <BringTracking />
    </div>
  )
}

function ToSend() {
  const t = useWords(orderWords)
  const columns = useOrderColumns('toSend')
  const filters = useOrderFilters('toSend')
  return (
    <>
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
        batch={(orders, done) => (
          <>
            <MoveMany step="prepare" orders={orders} done={done} />
            <PackingSlips orders={orders} />
          </>
        )}
        tools={<ToSendTables />}
      />
    </>
  )
}

function OnTheWay() {
  const t = useWords(orderWords)
  const columns = useOrderColumns('onTheWay')
  const filters = useOrderFilters('onTheWay')
  return (
    <>
      <p className="quiet">{t.onTheWayLead}</p>
      <ServerTable
        name="orders-on-the-way"
        label={t.onTheWay}
        columns={columns}
        filters={filters}
        keyOf={keyOfOrder}
        linkOf={linkOfOrder}
        live={ORDER_NEWS}
        load={(asked) => call('GET /api/admin/orders', { query: { ...askedOrders(asked), onTheWay: true } })}
        batch={(orders, done) => <MoveMany step="deliver" orders={orders} done={done} />}
      />
    </>
  )
}
