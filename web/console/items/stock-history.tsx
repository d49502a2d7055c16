import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { Count, Stamp } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { itemWords } from './words.ts'

/** Changes of the stock that somebody made by hand, newest first. */
export function StockHistory({ itemId }: { itemId: string }) {
  const t = useWords(itemWords)
  const query = useQuery({
    queryKey: ['stock-changes', itemId],
    queryFn: () => call('GET /api/admin/items/:id/stock-changes', { params: { id: itemId } }),
    meta: { live: ['shop.catalog.'] },
  })
  const rows = query.data?.data
  return (
    <section className="panel" aria-labelledby="item-history">
      <h2 id="item-history">{t.history}</h2>
      {rows === undefined &&
        (query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <Loading />)}
      {rows?.length === 0 && <p className="quiet">{t.noHistory}</p>}
      {rows !== undefined && rows.length > 0 && (
        <ScrollTable label={t.history}>
          <thead>
            <tr>
              <th scope="col">{t.at}</th>
              <th scope="col" className="right">
                {t.change}
              </th>
              <th scope="col" className="right">
                {t.onHand}
              </th>
              <th scope="col">{t.why}</th>
              <th scope="col">{t.who}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, at, delta, onHand, reason, actorId }) => (
              <tr key={id}>
                <td>
                  <Stamp at={at} />
                </td>
                <td className="figures right">{delta > 0 ? `+${delta}` : delta}</td>
                <td className="figures right">
                  <Count of={onHand} />
                </td>
                <td>{reason}</td>
                <td>{actorId}</td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
    </section>
  )
}
