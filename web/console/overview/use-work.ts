import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'

/** Runs tell nobody that they stand still. */
const EVERY_MS = 15_000

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
  return { orders, questions, reviews, runs }
}
