import { call } from '../api/call.ts'
import { ServerTable } from '../table/server-table.tsx'
import { useWords } from '../words/use-words.ts'
import {
  askedOrders,
  keyOfOrder,
  linkOfOrder,
  ORDER_NEWS,
  useOrderColumns,
  useOrderFilters,
} from './order.tsx'
import { orderWords } from './words.ts'

/** Everybody's orders, newest first. */
export function OrdersPage() {
  const t = useWords(orderWords)
  const columns = useOrderColumns('all')
  const filters = useOrderFilters('all')
  return (
    <div className="page">
      <h1>{t.title}</h1>
      <ServerTable
        name="orders"
        label={t.title}
        columns={columns}
        filters={filters}
        keyOf={keyOfOrder}
        linkOf={linkOfOrder}
        live={ORDER_NEWS}
        load={(asked) =>
          call('GET /api/admin/orders', {
            query: { ...askedOrders(asked), from: asked.filter('from'), to: asked.filter('to') },
          })
        }
      />
    </div>
  )
}
