import { transact } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { isUsed, lockMethods } from '../store/method-use.ts'

/**
 * Ends a stored method that the customer does not want any more; the provider is told afterwards. Removing it again
 * changes nothing.
 * Refusals: not_found (also somebody else's), payment_method_in_use (a living subscription or a charge needs it).
 */
export function removeMethod(
  deps: Pick<SubscriptionDeps, 'db' | 'payments'>,
  actor: Actor,
  methodId: string,
): Promise<{ kind: 'removed' } | Refused<'not_found' | 'payment_method_in_use'>> {
  return transact<{ kind: 'removed' } | Refused<'not_found' | 'payment_method_in_use'>>(
    deps.db,
    async (tx) => {
      const methods = await deps.payments.paymentMethodsOf(tx, actor.userId)
      if (!methods.some(({ id }) => id === methodId)) return refused('not_found')
      await lockMethods(tx, [methodId])
      if (await isUsed(tx, methodId)) return refused('payment_method_in_use')
      const reason = 'removed by its customer'
      await deps.payments.requestTokenRevocation(tx, { paymentMethodId: methodId, reason })
      return { kind: 'removed' }
    },
  )
}
