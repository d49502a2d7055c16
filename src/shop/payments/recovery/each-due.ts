import { isDatabaseUnavailable } from '../../../platform/database/database.ts'
import type { PaymentsDeps } from '../deps.ts'

/** Works on all of them at once. One that fails is logged and comes up again; it does not stop the others. */
export async function eachDue<T extends { id: string }>(
  deps: Pick<PaymentsDeps, 'log'>,
  rows: readonly T[],
  work: (row: T) => Promise<unknown>,
): Promise<void> {
  const results = await Promise.allSettled(rows.map(work))
  results.forEach((result, index) => {
    if (result.status === 'rejected') {
      const level = isDatabaseUnavailable(result.reason) ? 'warn' : 'error'
      deps.log[level]({ err: result.reason, id: rows[index]?.id }, 'a payment could not be carried on')
    }
  })
}
