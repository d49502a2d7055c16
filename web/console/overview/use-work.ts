import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'

/** Runs tell nobody that they stand still. */
const EVERY_MS = 15_000
/** Every purchase takes pieces, and none tells of it. */
const STOCK_EVERY_MS = 60_000
/** So few pieces of an item are worth a look before it is sold out. */
export const LOW_STOCK = 10

/** How much waits in the merchant's rooms, without looking at whom it is about, and the last billing run. */
export function useWork() {
  const orders = useQuery({
    queryKey: ['work', 'orders'],
    queryFn: () => call('GET /api/admin/figures/orders', { query: { days: 1 } }),
    meta: { live: ['shop.return.', 'shop.order.'] },
  })
  const questions = useQuery({
    queryKey: ['work', 'questions'],
    queryFn: () => call('GET /api/admin/figures/questions'),
    meta: { live: ['shop.question.'] },
  })
  const reviews = useQuery({
    queryKey: ['work', 'reviews'],
    // Of the list only its length is asked.
    queryFn: () => call('GET /api/admin/reviews', { query: { page: 1, size: 1, state: 'reported' } }),
    meta: { live: ['shop.review.'] },
  })
  const runs = useQuery({
    queryKey: ['work', 'runs'],
    queryFn: () => call('GET /api/admin/billing-runs', { query: { size: 1 } }),
    meta: { live: ['shop.subscription.'] },
    refetchInterval: EVERY_MS,
  })
  const lowStock = useQuery({
    queryKey: ['work', 'low-stock'],
    queryFn: () =>
      call('GET /api/admin/items', {
        query: { page: 1, size: 1, status: 'on_sale', freeAtMost: LOW_STOCK },
      }),
    meta: { live: ['shop.catalog.'] },
    refetchInterval: STOCK_EVERY_MS,
  })
  return { orders, questions, reviews, runs, lowStock }
}
