import { useQuery } from '@tanstack/react-query'
import { call } from './call.ts'

/** The categories of the shop with their names, as the API has them: what a coupon or a banner can be for. */
export function useCategories() {
  return useQuery({ queryKey: ['categories'], queryFn: () => call('GET /api/categories') })
}
