import type { Returned } from '../../provider.ts'
import { cut } from '../provider-values.ts'

/** Toss has no address for giving up: that comes to the fail address with a code of its own. */
const GIVEN_UP = 'PAY_PROCESS_CANCELED'

/** Reads the query of a return: of a payment, of a registered card, or of giving up. */
export function parseReturn(
  target: 'success' | 'cancel' | 'fail',
  query: Readonly<Record<string, string>>,
): Returned {
  const { paymentKey, orderId, amount, authKey, customerKey, code, message } = query
  if (target === 'cancel' || (target === 'fail' && code === GIVEN_UP)) return { kind: 'cancelled' }
  if (target === 'fail')
    return { kind: 'failed', ...(code ? { code } : {}), ...(message ? { message: cut(message, 300) } : {}) }
  if (paymentKey && orderId && amount && paymentKey.length <= 200)
    return { kind: 'approved', proof: { paymentKey, orderId, amount } }
  if (authKey && customerKey && authKey.length <= 300)
    return { kind: 'approved', proof: { authKey, customerKey } }
  return { kind: 'failed', code: 'return_incomplete' }
}
