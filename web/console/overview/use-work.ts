import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'

/** Runs tell nobody that they stand still. */
const EVERY_MS = 15_000

/** Of a list that only its length is asked of. */
const query = { page: 1, size: 1 } as const

/** The lists of the merchant's rooms, for how much waits there, and the last billing run. */
export function useWork() {
  const toSend = useQuery({
    queryKey: ['work', 'to-send'],
    queryFn: () => call('GET /api/admin/orders', { query: { ...query, toSend: true } }),
    meta: { live: ['shop.order.'] },
  })
  const returns = useQuery({
    queryKey: ['work', 'returns'],
    queryFn: () => call('GET /api/admin/returns', { query: { ...query, state: 'requested' } }),
    meta: { live: ['shop.return.', 'shop.order.'] },
  })
  const questions = useQuery({
    queryKey: ['work', 'questions'],
    queryFn: () => call('GET /api/admin/questions', { query: { ...query, state: 'unanswered' } }),
    meta: { live: ['shop.question.'] },
  })
  const reviews = useQuery({
    queryKey: ['work', 'reviews'],
    queryFn: () => call('GET /api/admin/reviews', { query: { ...query, state: 'reported' } }),
    meta: { live: ['shop.review.'] },
  })
  const runs = useQuery({
    queryKey: ['work', 'runs'],
    queryFn: () => call('GET /api/admin/billing-runs', { query: { size: 1 } }),
    meta: { live: ['shop.subscription.'] },
    refetchInterval: EVERY_MS,
  })
  return { toSend, returns, questions, reviews, runs }
}
